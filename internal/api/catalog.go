package api

import (
	"slices"

	"playhead/internal/catalog"
	"playhead/internal/meta"
)

// catalogRoutes are the routes of the catalogue: what the server knows to
// measure, and what it is called. Whoever shows numbers needs no list of its own.
var catalogRoutes = []route{
	{
		method: "GET", pattern: "/data/v1/catalog", name: "get-catalog",
		doc:    "What there is to show: metrics, dimensions and the fields of a view, with titles, formats and descriptions for people, and what a dashboard begins with.",
		data:   catalogData{},
		bare:   true,
		answer: func(*server, *call) (any, error) { return bareEnvelope{theCatalog}, nil },
	},
}

// catalogData is the catalogue for those who show it.
type catalogData struct {
	Metrics            []catalogMetric            `json:"metrics" doc:"group by group, in the order to show"`
	Dimensions         []catalogDimension         `json:"dimensions" doc:"in the order of the API's lists"`
	DimensionGroups    []catalog.Group            `json:"dimension_groups" doc:"the groups of the dimensions, in the order to show"`
	RealtimeMetrics    []catalogRealtimeMetric    `json:"realtime_metrics" doc:"of the moment; in the order of the API's list"`
	RealtimeDimensions []catalogRealtimeDimension `json:"realtime_dimensions" doc:"what real-time metrics are filtered and broken down by, the most usual first"`
	ViewFields         []catalogField             `json:"view_fields" doc:"the keys of a whole view but its events, group by group, in the order to show; of keys that say the same, one"`
	ViewColumns        []catalogColumn            `json:"view_columns" doc:"the members of a view in the list that people read, in the order to show"`
	Places             catalog.Places             `json:"places" doc:"what the screens of a dashboard begin with"`
	Permissions        []catalogPermission        `json:"permissions" doc:"what tokens can be made with"`
}

// catalogMetric is a metric for those who show it.
type catalogMetric struct {
	ID           string                `json:"id" doc:"of the metric"`
	Aliases      []string              `json:"aliases" doc:"other ids that mean the same"`
	Title        string                `json:"title" doc:"for people"`
	Doc          string                `json:"doc" doc:"what it means"`
	Group        catalog.Group         `json:"group" doc:"title of what it is shown among"`
	Type         catalog.Type          `json:"type" doc:"what its values are: percentages are fractions, mbps are in bit/s"`
	Unit         string                `json:"unit" doc:"what its values are in"`
	Better       string                `json:"better" enum:"higher,lower,neither" doc:"which direction is good news"`
	Clock        catalog.Clock         `json:"clock" doc:"the time of a view that decides whether it is in a timeframe"`
	Measurement  catalog.Measurement   `json:"measurement" doc:"the default"`
	Measurements []catalog.Measurement `json:"measurements" doc:"all that it has"`
}

// catalogDimension is a dimension for those who show it.
type catalogDimension struct {
	Name       string         `json:"name" doc:"of the dimension"`
	Title      string         `json:"title" doc:"for people"`
	Doc        string         `json:"doc" doc:"what it means"`
	Group      catalog.Group  `json:"group" doc:"title of what it is shown among"`
	Kind       string         `json:"kind" enum:"text,list,bool,int,float" doc:"what its values are, which answers spell as texts"`
	Format     catalog.Format `json:"format" doc:"how its values are written for people"`
	Level      string         `json:"level" enum:"basic,advanced,unlisted" doc:"which list of the API has it"`
	Unbounded  bool           `json:"unbounded" doc:"values name single viewers, sessions or pages: there can be as many as views"`
	Trace      bool           `json:"trace" doc:"values are sequences, filtered with brackets, + and -"`
	Realtime   bool           `json:"realtime" doc:"real-time metrics know it too"`
	Filterable bool           `json:"filterable" doc:"false: it is the same for all views of a token"`
}

// catalogRealtimeMetric is a real-time metric for those who show it.
type catalogRealtimeMetric struct {
	ID      string       `json:"id" doc:"of the metric"`
	Title   string       `json:"title" doc:"for people"`
	Doc     string       `json:"doc" doc:"what it means"`
	Type    catalog.Type `json:"type" doc:"what its values are: percentages are fractions, mbps are in bit/s"`
	Unit    string       `json:"unit" doc:"what its values are in"`
	Better  string       `json:"better" enum:"higher,lower,neither" doc:"which direction is good news"`
	Of      *string      `json:"of" enum:"concurrent_viewers,start_attempts" doc:"the member of a row of the stream that tells of how many a value is made; null where it counts them itself, and of a histogram"`
	Buckets []bucketEdge `json:"buckets,omitempty" doc:"it is a histogram over time with these buckets, and nothing else; missing for all other metrics"`
}

// catalogRealtimeDimension is a dimension of real-time numbers.
type catalogRealtimeDimension struct {
	Name   string         `json:"name" doc:"of the dimension"`
	Title  string         `json:"title" doc:"for people"`
	Doc    string         `json:"doc" doc:"what it means"`
	Format catalog.Format `json:"format" doc:"how its values are written for people"`
}

// catalogField is a key of the view object for those who show it.
type catalogField struct {
	Key       string         `json:"key" doc:"of the view object"`
	Title     string         `json:"title" doc:"for people"`
	Doc       string         `json:"doc" doc:"what it means"`
	Group     catalog.Group  `json:"group" doc:"title of what it is shown among"`
	Format    catalog.Format `json:"format" doc:"how its value is written for people; some numbers come in a text"`
	Metric    *string        `json:"metric" doc:"id of the metric of this name over many views; null if there is none"`
	Dimension *string        `json:"dimension" doc:"name of the dimension that it is; null if it is none"`
}

// catalogColumn is a member of a view in the list.
type catalogColumn struct {
	Key       string         `json:"key" doc:"of a row of the list"`
	Title     string         `json:"title" doc:"for people"`
	Doc       string         `json:"doc" doc:"what it means"`
	Format    catalog.Format `json:"format" doc:"how its value is written for people"`
	Dimension *string        `json:"dimension" doc:"name of the dimension that it is; null if it is none"`
	Joined    bool           `json:"joined" doc:"whether it is shown with the one before, under its title"`
}

// catalogPermission is something that a token allows.
type catalogPermission struct {
	ID  meta.Permission `json:"id" doc:"as tokens have it"`
	Doc string          `json:"doc" doc:"what it allows"`
}

// theCatalog is the answer, which is the same for everybody.
var theCatalog = catalogData{
	Metrics:            catalogMetrics(),
	Dimensions:         catalogDimensions(),
	DimensionGroups:    groupsOf(catalogDimensions(), func(d catalogDimension) catalog.Group { return d.Group }),
	RealtimeMetrics:    catalogRealtimeMetrics(),
	RealtimeDimensions: catalogRealtimeDimensions(),
	ViewFields:         catalogFields(),
	ViewColumns:        catalogColumns(),
	Places:             catalog.Screens,
	Permissions:        catalogPermissions(),
}

var (
	betterWords = map[catalog.Better]string{catalog.Higher: "higher", catalog.Lower: "lower", catalog.Neither: "neither"}
	kindWords   = map[catalog.Kind]string{catalog.Text: "text", catalog.List: "list", catalog.Bool: "bool", catalog.Int: "int", catalog.Float: "float"}
	levelWords  = map[catalog.Level]string{catalog.Basic: "basic", catalog.Advanced: "advanced", catalog.Unlisted: "unlisted"}
)

func catalogMetrics() (list []catalogMetric) {
	for i := range catalog.Metrics {
		m := &catalog.Metrics[i]
		list = append(list, catalogMetric{
			ID: m.ID, Aliases: append([]string{}, m.Aliases...), Title: m.Title, Doc: m.Doc, Group: m.Group,
			Type: m.Type, Unit: m.Type.Unit(), Better: betterWords[m.Better], Clock: m.Clock,
			Measurement: m.Default, Measurements: m.Supported(),
		})
	}
	sortByGroup(list, func(m catalogMetric) catalog.Group { return m.Group })
	return list
}

func catalogDimensions() (list []catalogDimension) {
	for i := range catalog.Dimensions {
		d := &catalog.Dimensions[i]
		_, realtime := catalog.LookupRealtimeDimension(d.Name)
		list = append(list, catalogDimension{
			Name: d.Name, Title: d.Title, Doc: d.Doc, Group: d.Group, Kind: kindWords[d.Kind], Format: d.Column().Written(), Level: levelWords[d.Level],
			Unbounded: d.Unbounded, Trace: d.Trace(), Realtime: realtime, Filterable: !d.Constant,
		})
	}
	return list
}

func catalogRealtimeMetrics() (list []catalogRealtimeMetric) {
	for i := range catalog.RealtimeMetrics {
		m := &catalog.RealtimeMetrics[i]
		row := catalogRealtimeMetric{ID: m.ID, Title: m.Title, Doc: m.Doc, Type: m.Type, Unit: m.Type.Unit(), Better: betterWords[m.Better], Of: text(m.Of)}
		if m.Formula == "" {
			row.Buckets = startupBuckets()
		}
		list = append(list, row)
	}
	return list
}

func catalogRealtimeDimensions() (list []catalogRealtimeDimension) {
	for _, name := range catalog.RealtimeOrder {
		i, _ := catalog.LookupRealtimeDimension(name)
		d := catalog.RealtimeDimensions[i]
		list = append(list, catalogRealtimeDimension{Name: d.Name, Title: d.Title, Doc: d.Doc, Format: d.Column().Written()})
	}
	return list
}

func catalogPermissions() (list []catalogPermission) {
	for _, p := range meta.Permissions {
		list = append(list, catalogPermission{p, p.Doc()})
	}
	return list
}

// sortByGroup puts what is in the same group together, in the order of the groups.
func sortByGroup[Item any](list []Item, group func(Item) catalog.Group) {
	slices.SortStableFunc(list, func(a, b Item) int {
		return slices.Index(catalog.Groups, group(a)) - slices.Index(catalog.Groups, group(b))
	})
}

// groupsOf are the groups that have something in a list, in the order to show.
func groupsOf[Item any](list []Item, group func(Item) catalog.Group) []catalog.Group {
	return slices.DeleteFunc(slices.Clone(catalog.Groups), func(g catalog.Group) bool {
		return !slices.ContainsFunc(list, func(item Item) bool { return group(item) == g })
	})
}
