package catalog

// RealtimeDimension is a dimension that real-time numbers are filtered and
// grouped by.
type RealtimeDimension struct {
	*Dimension
	Title string  // for people, as the API's list of them has it
	Label *Column // what its values are called by people, in a column of the same view; nil: as they are
	Newer bool    // the older list of the API, of 2021, does not have it
}

// RealtimeCDN is the index of the CDN among [RealtimeDimensions]. It is the only
// one of them that changes within a view: numbers go by the CDN that delivered
// at the time, where the dimension of the view would be "multiple".
const RealtimeCDN = 1

// RealtimeDimensions are those dimensions, in the order of the API's list.
var RealtimeDimensions []RealtimeDimension

func addRealtimeDimensions() {
	for _, d := range []struct{ name, title, label string }{
		{"asn", "ASN", "asn_name"},
		{"cdn", "CDN", ""},
		{"country", "Country", "country_name"},
		{"operating_system", "Operating system", ""},
		{"player_name", "Player name", ""},
		{"region", "Region / State", ""},
		{"stream_type", "Stream type", ""},
		{"sub_property_id", "Sub property ID", ""},
		{"video_series", "Video series", ""},
		{"video_title", "Video title", ""},
		{"view_has_ad", "View has ad", ""},
	} {
		known := RealtimeDimension{Dimension: dimensionByName[d.name], Title: d.title, Newer: d.name == "view_has_ad"}
		if d.label != "" {
			known.Label = columnByName[d.label]
		}
		RealtimeDimensions = append(RealtimeDimensions, known)
	}
}
