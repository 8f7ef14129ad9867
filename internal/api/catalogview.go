package api

import (
	"cmp"
	"slices"

	"playhead/internal/catalog"
)

// ownFields are the fields of a view that are in no column, or are shown as
// something else than their column.
var ownFields = []catalogField{
	{Key: "id", Title: "View ID", Doc: "Of the view, as in the list of views.", Group: catalog.Attempt, Format: catalog.Plain},
	{Key: "environment_id", Title: "Environment ID", Doc: "The environment that the view belongs to.", Group: catalog.Attempt, Format: catalog.Plain},
	{Key: "property_id", Title: "Property ID", Doc: "The number of that environment.", Group: catalog.Attempt, Format: catalog.Identifier},
	{Key: "platform_summary", Title: "Platform", Doc: "Browser on operating system.", Group: catalog.Device, Format: catalog.Plain},
}

// catalogFields are the keys of the view object. Where several show the same
// column, the one that is called like it does, or else the first.
func catalogFields() []catalogField {
	list := slices.Clone(ownFields)
	for _, c := range catalog.Columns {
		at := -1
		for i, k := range viewKeys {
			if viewColumns[i] == c && (at < 0 || k.key == c.Name) {
				at = i
			}
		}
		if at < 0 {
			continue
		}
		f := catalogField{
			Key: viewKeys[at].key, Title: c.Title, Doc: c.Doc, Group: c.Group, Format: c.Written(),
			Metric: metricOf(c), Dimension: dimensionOf(c),
		}
		if f.Key == perMillisecondKey {
			f.Format = catalog.PerMillisecond
		}
		list = append(list, f)
	}
	sortByGroup(list, func(f catalogField) catalog.Group { return f.Group })
	return list
}

func metricOf(c *catalog.Column) *string {
	if m, ok := catalog.LookupMetric(c.Name); ok && m.ID == c.Name {
		return &m.ID
	}
	return nil
}

func dimensionOf(c *catalog.Column) *string {
	if d, ok := catalog.LookupDimension(c.Name); ok {
		return &d.Name
	}
	return nil
}

// listColumns are the members of [listRow] that people read, in the order to
// show, each with its column, a title where that of the column is too long for the
// head of a table, and whether it is shown with the one before.
var listColumns = []struct {
	key, column, title string
	joined             bool
}{
	{"view_start", "view_start", "", false},
	{"video_title", "video_title", "", false},
	{"viewer_application_name", "browser", "Platform", false},
	{"viewer_os_family", "operating_system", "", true},
	{"country_code", "country", "", false},
	{"watch_time", "watch_time", "", false},
	{"time_to_first_frame", "video_startup_time", "Startup", false},
	{"buffering_duration", "rebuffer_duration", "Rebuffering", false},
	{"viewer_experience_score", "viewer_experience_score", "Score", false},
	{"player_error_code", "player_error_code", "Error", false},
	{"player_error_message", "player_error_message", "", true},
	{"error_type_id", "error_type_id", "", false},
	{"playback_failure", "playback_failure", "", false},
	{"view_end", "view_end", "", false},
}

func catalogColumns() (list []catalogColumn) {
	for _, k := range listColumns {
		c := catalog.MustColumn(k.column)
		list = append(list, catalogColumn{
			Key: k.key, Title: cmp.Or(k.title, c.Title), Doc: c.Doc, Format: c.Written(), Dimension: dimensionOf(c), Joined: k.joined,
		})
	}
	return list
}
