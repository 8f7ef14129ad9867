package view

import (
	"math"
	"slices"

	"playhead/internal/catalog"
	"playhead/internal/event"
)

// The columns that are computed here.
var (
	colEnvironment = catalog.MustColumn("environment_id")
	colViewID      = catalog.MustColumn("view_id")
	colStart       = catalog.MustColumn("view_start")
	colEnd         = catalog.MustColumn("view_end")
	colViewerKey   = catalog.MustColumn("viewer_key")
	colPlayer      = catalog.MustColumn("player_instance_id")
	colPlaybackID  = catalog.MustColumn("playback_id")
	colSourceURL   = catalog.MustColumn("player_source_url")
	colStreamType  = catalog.MustColumn("stream_type")
	colHasAd       = catalog.MustColumn("view_has_ad")
	colStartup     = catalog.MustColumn("video_startup_time")
	colActivities  = catalog.MustColumn("activities")
)

// facts is what several columns are derived from.
type facts struct {
	over       bool // the view has come to its end, told or not
	dropped    bool
	firstFrame bool
	programme  bool    // the view began by a change of programme
	startup    float64 // NaN is null, as below
	watch      float64
	rebuffers  float64
	rebuffered float64
	seeks      float64
	sought     float64
}

// account is what a view is computed from.
type account struct {
	*Machine
	registers reading
	story     *story
}

// Summary returns what is known of the view, without its timeline.
func (m *Machine) Summary(s Status) *View {
	a := account{m, m.registers.read(), m.tell()}
	return a.summary(s)
}

func (m *account) summary(s Status) *View {
	v := New(s.ID)
	m.fill(v)
	f := m.facts(s)
	m.identify(v, s)
	m.times(v, f)
	m.success(v, f)
	m.network(v)
	m.media(v)
	m.lists(v, s, f)
	m.adCounts(v, f)
	m.uses(v, s, f)
	m.scores(v, f)
	return v
}

// fill sets the columns that are taken from fields as they are: of the most
// trusted field that has a value, the latest one.
func (m *account) fill(v *View) {
	var scratch [32]event.Value
	client := unpacker(m.client.packed)
	connection := client.values(scratch[:0])
	for _, s := range sources {
		for _, f := range s.fields {
			if s.column.IsText() {
				if t := m.text(f, connection); t != "" {
					v.SetText(s.column, t)
					break
				}
			} else if n := m.number(f, connection); valid(n, s.column) {
				v.SetNumber(s.column, whole(n, s.column.Kind))
				break
			}
		}
	}
}

// Text returns what the view now has in a Text column that it takes from a field
// of the player as it is, or in playback_id; "" of any other one. It takes much
// less time than a summary.
func (m *Machine) Text(c *catalog.Column) string {
	if c == colPlaybackID {
		return playbackID(m.Text(colSourceURL))
	}
	i := slices.IndexFunc(sources, func(s source) bool { return s.column == c })
	if i < 0 || !c.IsText() {
		return ""
	}
	for _, f := range sources[i].fields {
		if t := m.registers.text(f); t != "" {
			return t
		}
	}
	return ""
}

func (m *account) text(f event.Field, connection []event.Value) string {
	if registered[f] != 0 {
		return m.registers.text(f)
	}
	for i := range connection {
		if connection[i].Field == f {
			return connection[i].Text
		}
	}
	return ""
}

func (m *account) number(f event.Field, connection []event.Value) float64 {
	if registered[f] != 0 {
		return m.registers.number(f)
	}
	for i := range connection {
		if connection[i].Field == f && !connection[i].Null {
			return connection[i].Num
		}
	}
	return math.NaN()
}

// whole rounds a number as the kind of its column needs.
func whole(n float64, k catalog.Kind) float64 {
	switch k {
	case catalog.Int, catalog.Time:
		return math.Round(n)
	}
	return n
}

// facts decides between what the SDK adds up and what follows from the events:
// the former, where it was sent.
func (m *account) facts(s Status) facts {
	p, r := &m.story.playback, &m.registers
	f := facts{
		dropped:    s.Dropped && !m.ended,
		over:       s.Dropped || m.ended,
		firstFrame: p.firstFrame,
		programme:  m.ever.programChanged,
		startup:    m.startup(r.amount(fieldFirstFrame)),
		watch:      told(r.amount(fieldWatchTime), p.watched),
		rebuffers:  told(r.amount(fieldRebufferCount), int64(p.rebuffers)),
		rebuffered: told(r.amount(fieldRebufferDuration), p.rebufferTime()),
		seeks:      told(r.amount(fieldSeekCount), int64(p.seeks)),
		sought:     told(r.amount(fieldSeekDuration), p.seekTime()),
	}
	return f
}

// startup is the startup time: as the SDK told it, or else as it follows from the
// events. NaN is null: there was no first frame, or the view began by a change of
// programme.
func (m *Machine) startup(told float64) float64 {
	p := &m.follow().playback
	switch {
	case !p.firstFrame || m.ever.programChanged:
		return math.NaN()
	case !math.IsNaN(told):
		return told
	case p.startTold:
		return float64(p.startup)
	}
	return math.NaN()
}

// told is what the SDK told, if it makes sense, or else what was derived.
func told(n float64, derived int64) float64 {
	if !(n <= maxFigure) {
		return float64(derived)
	}
	return math.Round(n)
}

// set sets a column that is not a text, by its name. What the column cannot
// hold is null: absurd input makes no number rather than a wrong one.
func set(v *View, name string, n float64) {
	if c := column(name); valid(n, c) {
		v.SetNumber(c, n)
	}
}

// known is set for numbers of which 0 means that they are not known.
func known(v *View, name string, n float64) {
	if n > 0 {
		set(v, name, n)
	}
}

func flag(v *View, name string, is bool) {
	n := 0.0
	if is {
		n = 1
	}
	set(v, name, n)
}

func setText(v *View, name, text string) {
	if text != "" {
		v.SetText(column(name), text)
	}
}

func column(name string) *catalog.Column { return catalog.MustColumn(name) }
