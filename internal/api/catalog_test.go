package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/meta"
)

// askCatalog asks for the catalogue.
func askCatalog(t *testing.T) catalogData {
	t.Helper()
	w := get(t, newAPI(t, stored(t)), "/data/v1/catalog")
	var answer struct{ Data catalogData }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		t.Fatalf("status %d, error %v: %s", w.Code, err, w.Body)
	}
	return answer.Data
}

// ofName finds the only one of a list that has a name.
func ofName[Item any](t *testing.T, list []Item, name string, nameOf func(Item) string) Item {
	t.Helper()
	var found []Item
	for _, item := range list {
		if nameOf(item) == name {
			found = append(found, item)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d items are called %s, want one", len(found), name)
	}
	return found[0]
}

// TestCatalog: some of each list, written by hand.
func TestCatalog(t *testing.T) {
	got := askCatalog(t)
	country, height := "country", "video_source_height"
	startup := "video_startup_time"
	for _, c := range []struct{ got, want any }{
		{
			ofName(t, got.Metrics, startup, func(m catalogMetric) string { return m.ID }),
			catalogMetric{
				ID: startup, Aliases: []string{}, Title: "Video Startup Time",
				Doc:   "From the instruction to play to the first frame of content or preroll.",
				Group: "Startup time", Type: "milliseconds", Unit: "ms", Better: "lower", Clock: "view_end",
				Measurement: "median", Measurements: []catalog.Measurement{"95th", "median", "avg"},
			},
		},
		{
			ofName(t, got.Dimensions, country, func(d catalogDimension) string { return d.Name }),
			catalogDimension{
				Name: country, Title: "Country", Doc: "ISO 3166-1 alpha-2 code, by the address.", Group: "Location",
				Kind: "text", Format: "country", Level: "advanced", Realtime: true, Filterable: true,
			},
		},
		{
			ofName(t, got.RealtimeMetrics, "video-startup-time", func(m catalogRealtimeMetric) string { return m.ID }),
			catalogRealtimeMetric{
				ID: "video-startup-time", Title: "Video Startup Time",
				Doc:  "From the instruction to play to the first frame, of content or an ad: a histogram of the first frames of each minute.",
				Type: "milliseconds", Unit: "ms", Better: "lower", Buckets: startupBuckets(),
			},
		},
		{
			ofName(t, got.RealtimeDimensions, "cdn", func(d catalogRealtimeDimension) string { return d.Name }),
			catalogRealtimeDimension{Name: "cdn", Title: "CDN", Doc: "CDN that delivered, or multiple if there were several.", Format: "text"},
		},
		{
			ofName(t, got.ViewFields, "time_to_first_frame", func(f catalogField) string { return f.Key }),
			catalogField{
				Key: "time_to_first_frame", Title: "Video Startup Time", Doc: "From the instruction to play to the first frame of content or preroll.",
				Group: "Startup time", Format: "milliseconds", Metric: &startup,
			},
		},
		{
			ofName(t, got.ViewFields, height, func(f catalogField) string { return f.Key }),
			catalogField{
				Key: height, Title: "Source height", Doc: "Height of the rendition played last, in px.", Group: "Source", Format: "pixels", Dimension: &height,
			},
		},
		{ofName(t, got.ViewFields, "buffering_rate", func(f catalogField) string { return f.Key }).Format, catalog.PerMillisecond},
		{
			ofName(t, got.ViewColumns, "country_code", func(c catalogColumn) string { return c.Key }),
			catalogColumn{Key: "country_code", Title: "Country", Doc: "ISO 3166-1 alpha-2 code, by the address.", Format: "country", Dimension: &country},
		},
		{got.Places, catalog.Screens},
		{len(got.Metrics), len(catalog.Metrics)},
		{len(got.Dimensions), len(catalog.Dimensions)},
		{len(got.Permissions), len(meta.Permissions)},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if d := ofName(t, got.Dimensions, "environment_id", func(d catalogDimension) string { return d.Name }); d.Filterable {
		t.Error("environment_id is offered to filter by")
	}
}

// TestCatalogOrder: what is in a group is together, in the order of the groups,
// and all groups of dimensions are told.
func TestCatalogOrder(t *testing.T) {
	got := askCatalog(t)
	for name, groups := range map[string][]catalog.Group{
		"metrics":     collect(got.Metrics, func(m catalogMetric) catalog.Group { return m.Group }),
		"view_fields": collect(got.ViewFields, func(f catalogField) catalog.Group { return f.Group }),
	} {
		if !slices.IsSortedFunc(groups, func(a, b catalog.Group) int {
			return slices.Index(catalog.Groups, a) - slices.Index(catalog.Groups, b)
		}) {
			t.Errorf("%s are not in the order of the groups: %q", name, groups)
		}
	}
	used := map[catalog.Group]bool{}
	for _, d := range got.Dimensions {
		used[d.Group] = true
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(used)), slices.Sorted(slices.Values(got.DimensionGroups))); diff != "" {
		t.Errorf("groups of dimensions (-used +told):\n%s", diff)
	}
}

func collect[Item, Part any](list []Item, part func(Item) Part) (parts []Part) {
	for _, item := range list {
		parts = append(parts, part(item))
	}
	return parts
}

// TestCatalogFields: each field is a key of the view object and has what people
// read of it; the keys that are left out say what another one says, or nothing.
func TestCatalogFields(t *testing.T) {
	got := askCatalog(t)
	object := viewObject(filled(t, "01", 1.0/3), meta.Environment{})
	left := maps.Clone(object)
	for _, f := range got.ViewFields {
		if _, ok := object[f.Key]; !ok || f.Title == "" || f.Doc == "" || f.Group == "" || !slices.Contains(catalog.Formats, f.Format) {
			t.Errorf("%s is not in the view object, or lacks what is shown of it: %+v", f.Key, f)
		}
		if _, ok := left[f.Key]; !ok {
			t.Errorf("%s is there twice", f.Key)
		}
		delete(left, f.Key)
	}
	want := []string{
		"events", "isp", "platform_description", "player_load_time", "player_source_height", "player_source_width", "short_time",
		"video_stream_type", "view_error_id",
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(left))); diff != "" {
		t.Errorf("keys that are no fields (-want +got):\n%s", diff)
	}
}

// TestCatalogColumns: each is a member of a row of the list, and all members
// but the id, which leads to the view, and the total are there.
func TestCatalogColumns(t *testing.T) {
	want := []string{"id", "total_row_count"}
	for _, c := range askCatalog(t).ViewColumns {
		want = append(want, c.Key)
	}
	row := reflect.TypeFor[listRow]()
	var got []string
	for field := range row.Fields() {
		got = append(got, field.Tag.Get("json"))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("columns (-catalogue +row):\n%s", diff)
	}
}

// TestPermissionsAreDescribed: as people read them when they make a token.
func TestPermissionsAreDescribed(t *testing.T) {
	for _, p := range askCatalog(t).Permissions {
		if p.Doc == "" {
			t.Errorf("%s has no description", p.ID)
		}
	}
}
