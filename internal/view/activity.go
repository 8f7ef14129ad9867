package view

import (
	"slices"
	"strconv"
	"strings"

	"playhead/internal/catalog"
)

// Watch tells what real-time numbers are made of, as it is known now. After an
// event it takes a microsecond or two, unless that came out of order, or after
// the view was over and told as such. final tells that no more events will come.
func (m *Machine) Watch(s Status, final bool) Watch {
	t := m.follow()
	var g glance
	g.look(m)
	w := Watch{ID: s.ID, Environment: m.environment, Final: final}
	w.Values, w.Labels = g.values(m.hasAd())
	w.Spans = t.spans(m.ending(s, m.startup(amount(g.value(fieldFirstFrame).num))))
	if final || s.Dropped || m.ended {
		m.forget() // such views are kept for long, and mostly nothing comes any more
	}
	return w
}

// ending is what the spans of the view need beside the track.
func (m *Machine) ending(s Status, startup float64) ending {
	e := ending{offset: m.offset, startup: -1, programme: m.ever.programChanged, renewed: s.Renewed}
	if n := roundMS(startup); valid(float64(n), colStartup) && startup == startup {
		e.startup = n
	}
	if m.history.isCut() {
		e.latest = m.latest - m.offset.delay
	}
	return e
}

// activities are spans as elements of a List column.
func activities(spans []Span) []string {
	list := make([]string, 0, len(spans))
	var before Span
	var room [128]byte
	for i := range spans {
		s := &spans[i]
		b := strconv.AppendInt(room[:0], s.At-before.At, 10)
		b = append(append(b, catalog.PartSeparator...), activityNames[s.Activity]...)
		if s.Unheard {
			b = append(b, unheardSuffix...)
		}
		b = append(b, catalog.PartSeparator...)
		if s.Bitrate > 0 {
			b = strconv.AppendInt(b, s.Bitrate, 10)
		}
		b = append(b, catalog.PartSeparator...)
		if s.CDN != before.CDN {
			b = append(b, s.CDN...)
		}
		b = append(b, catalog.PartSeparator...)
		if s.Startup >= 0 {
			b = strconv.AppendInt(b, s.Startup, 10)
		}
		list = append(list, string(b))
		before = *s
	}
	return list
}

// activityNames are what the column calls the activities.
var activityNames = [...]string{
	Starting: "starting", Playing: "playing", Rebuffering: "rebuffering", Seeking: "seeking", Loading: "loading", Paused: "paused",
	Failed: "failed", FailedToStart: "failed_to_start", Excepted: "excepted", Left: "left", LeftEarly: "left_early",
}

// unheardSuffix follows the name of what nothing was told of.
const unheardSuffix = "_unheard"

// cdnName is the name of a CDN as spans have it: a part of an element of a List.
func cdnName(name string) string {
	if name = clean(name, maxName); strings.ContainsAny(name, catalog.ListSeparator+catalog.PartSeparator) {
		name = strings.NewReplacer(catalog.ListSeparator, "", catalog.PartSeparator, "").Replace(name)
	}
	return name
}

// Watch tells what real-time numbers are made of, of a view that is final. A
// column that is damaged tells no spans.
func (v *View) Watch() Watch {
	n := len(realtimeColumns)
	all := make([]string, 2*n)
	w := Watch{ID: v.ID, Environment: v.Text(colEnvironment), Final: true, Values: all[:n:n], Labels: all[n:]}
	for i, c := range realtimeColumns {
		w.Values[i], w.Labels[i] = v.written(c.value), v.written(c.label)
	}
	w.Spans = parseActivities(v.Text(colActivities))
	return w
}

// written is the value of a column in words; "" is not known.
func (v *View) written(c *catalog.Column) string {
	switch {
	case c == nil:
		return ""
	case c.IsText():
		return v.Text(c)
	}
	n, ok := v.Number(c)
	switch {
	case !ok:
		return ""
	case c.Kind == catalog.Bool:
		return strconv.FormatBool(n != 0)
	}
	return strconv.FormatInt(roundMS(n), 10)
}

// parseActivities reads what activities wrote; nil if it is anything else.
func parseActivities(column string) []Span {
	rest, ok := strings.CutPrefix(column, catalog.ListSeparator)
	if !ok || rest == "" {
		return nil
	}
	list := make([]Span, 0, min(maxSpans, strings.Count(rest, catalog.ListSeparator)))
	var before Span
	for rest != "" {
		element, after, closed := strings.Cut(rest, catalog.ListSeparator)
		s, ok := parseActivity(element, &before)
		if !ok || !closed || len(list) == maxSpans {
			return nil
		}
		list, before, rest = append(list, s), s, after
	}
	return list
}

// parseActivity reads an element, which follows another one.
func parseActivity(element string, before *Span) (s Span, ok bool) {
	var part [5]string
	for i := range part {
		part[i], element, ok = strings.Cut(element, catalog.PartSeparator)
		if ok != (i+1 < len(part)) {
			return Span{}, false
		}
	}
	name, unheard := strings.CutSuffix(part[1], unheardSuffix)
	activity := slices.Index(activityNames[:], name)
	after, err1 := strconv.ParseUint(part[0], 10, 53)
	bitrate, err2 := parseOr(part[2], 0)
	startup, err3 := parseOr(part[4], -1)
	if err1 != nil || err2 != nil || err3 != nil || activity < int(Starting) {
		return Span{}, false
	}
	return Span{
		At: before.At + int64(after), Activity: Activity(activity), Unheard: unheard,
		Bitrate: bitrate, CDN: either(part[3], before.CDN), Startup: startup,
	}, true
}

// parseOr reads a whole number that is not negative; what stands for an empty
// text.
func parseOr(text string, empty int64) (int64, error) {
	if text == "" {
		return empty, nil
	}
	n, err := strconv.ParseUint(text, 10, 53)
	return int64(n), err
}
