package view

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"playhead/internal/catalog"
	"playhead/internal/event"
)

// Course is how a view went, for people: in words, and as lanes over one axis of
// time. It follows from the view as it is stored or as it is known by now. All
// times are in ms from the start of the view by the corrected clock of the
// player; what came before it, such as the loading of the page, has negative ones.
type Course struct {
	ID         string          `json:"id" doc:"of the view, as in the list of views"`
	Title      *string         `json:"title" doc:"of the video"`
	Viewer     *string         `json:"viewer_id" doc:"who watched: the customer's id of the viewer, or else that of the SDK; the list of views finds others by it"`
	Start      int64           `json:"start" doc:"when the view began, in ms since 1970 by the server's clock: all other times are in ms from then on"`
	Length     int64           `json:"length" doc:"up to its end; of a view in progress, up to now"`
	InProgress bool            `json:"in_progress" doc:"whether the view is not complete yet"`
	EventsKept bool            `json:"events_kept" doc:"whether its events are still stored: once they are not, there are no requests, errors and events, and ads are not told from content"`
	Outcome    string          `json:"outcome" enum:"in_progress,watched,exited_before_start,failed,business_exception" doc:"how it went, in a word: watched is whatever had a first frame and did not fail"`
	Verdict    string          `json:"verdict" doc:"how it went, in a sentence for people"`
	States     []StateSpan     `json:"states" doc:"what the viewer was doing, one after the other, of very many the newest 1,000"`
	Renditions []RenditionSpan `json:"renditions" doc:"which rendition played, while content did"`
	CDNs       []CDNSpan       `json:"cdns" doc:"which CDN delivered, one after the other, as far as it is known"`
	Requests   []RequestSpan   `json:"requests" doc:"media requests and those of manifests and keys, by when they began"`
	Errors     []ErrorMark     `json:"errors" doc:"errors and warnings, in their order"`
	Events     []EventMark     `json:"events" doc:"all events, in their order"`
}

// StateSpan is what the viewer was doing for a time.
type StateSpan struct {
	From  int64  `json:"from" doc:"in ms from the start"`
	To    int64  `json:"to" doc:"likewise; it is no longer in it"`
	State string `json:"state" enum:"starting,playing,ad,rebuffering,seeking,loading,paused,failed,failed_to_start,excepted,left,left_early" doc:"starting waits for the first frame, of content or an ad; loading for an ad, or for the content after an ad or a pause; the last five are after a fatal error, after one before the first frame, after a business exception, of nobody, and of nobody after an exit before the first frame"`
	Heard bool   `json:"heard" doc:"false: the player has fallen silent, and the time does not count as watched"`
}

// EventMark is an event at its time.
type EventMark struct {
	At       int64          `json:"at" doc:"in ms from the start"`
	Name     string         `json:"name" doc:"what the SDK calls it, such as playing, rebufferstart or error"`
	Playhead int64          `json:"playhead" doc:"position in the content, in ms"`
	Received int64          `json:"received" doc:"when the server received it, in ms since 1970"`
	Details  map[string]any `json:"details" doc:"what else is known of it, depending on its name"`
}

// ErrorMark is an error at its time.
type ErrorMark struct {
	At       int64   `json:"at" doc:"in ms from the start"`
	Type     int64   `json:"error_type_id" doc:"the type of it, as in the list of errors"`
	Code     *string `json:"code" doc:"as the player tells it"`
	Message  *string `json:"message" doc:"likewise"`
	Context  *string `json:"context" doc:"likewise"`
	Fatal    bool    `json:"fatal" doc:"it ended playback; otherwise it is a warning"`
	Business bool    `json:"is_business_exception" doc:"the application meant it"`
}

// NewCourse tells how a view went. open tells that further events of it may come
// and that it is not stored only; now is the time in ms since 1970.
func NewCourse(v *View, open bool, now int64) *Course {
	events := inOrder(v.Events)
	a := axis{offset: offsetOf(v, events), start: numberOr(v, colStart, 0)}
	c := &Course{
		ID: v.ID.String(), Title: knownText(v.Text(column("video_title"))),
		Viewer: knownText(either(v.Text(column("viewer_user_id")), v.Text(column("mux_viewer_id")))), Start: a.start, InProgress: open && !isOver(v.Events), EventsKept: len(v.Events) > 0,
		States: []StateSpan{}, Renditions: []RenditionSpan{}, CDNs: []CDNSpan{}, Requests: []RequestSpan{}, Errors: []ErrorMark{}, Events: []EventMark{},
	}
	heard := numberOr(v, colEnd, 0)
	spans := confirmed(parseActivities(v.Text(colActivities)), heard)
	end := max(a.start, heard)
	if n := len(spans); n > 0 {
		end = max(end, spans[n-1].At)
	}
	if c.InProgress {
		end = max(heard, now)
		for n := len(spans); n > 0 && spans[n-1].At > end; n-- {
			spans = spans[:n-1]
		}
	}
	c.Length = end - a.start

	content, last := a.states(c, spans, a.adTimes(events))
	a.renditions(c, content, v, events)
	a.cdns(c, spans)
	for i := range v.Events {
		a.mark(c, &v.Events[i])
	}
	slices.SortStableFunc(c.Requests, func(x, y RequestSpan) int { return cmp.Compare(x.From, y.From) })
	a.judge(c, v, spans, events, last)
	return c
}

// confirmed are spans as they turned out: while a player is silent nobody knows
// whether the viewer is still there, but what it tells afterwards goes on from
// where it was, and counts as watched for up to maxStep. The view was heard of last
// at a time.
func confirmed(spans []Span, last int64) []Span {
	list := make([]Span, 0, len(spans)+1)
	for i := 0; i < len(spans); {
		next := i + 1
		if !spans[i].Unheard {
			list, i = append(list, spans[i]), next
			continue
		}
		for next < len(spans) && (spans[next].Unheard || spans[next-1].Unheard && spans[next].Activity >= Left) {
			next++
		}
		until := last
		if next < len(spans) {
			until = spans[next].At
		}
		if silent := until - spans[i].At; silent <= 0 || silent > maxStep {
			list, i = append(list, spans[i:next]...), next
			continue
		}
		for _, s := range spans[i:next] {
			if s.Unheard {
				s.Unheard = false
				list = append(list, s)
			}
		}
		if end := spans[next-1]; next == len(spans) && end.Activity >= Left {
			end.At = until
			list = append(list, end)
		}
		i = next
	}
	return list
}

// axis is what times are told by.
type axis struct {
	offset offset
	start  int64
}

// since1970 is the time of an event by the server's clock.
func (a *axis) since1970(e *TimelineEvent) int64 {
	at, _ := a.offset.correct(e.ViewerTime, e.EventTime)
	return at
}

// inOrder are the events that the player told, in the order that it did.
func inOrder(events []TimelineEvent) []*TimelineEvent {
	list, numbered := make([]*TimelineEvent, 0, len(events)), true
	for i := range events {
		if e := &events[i]; e.Name != string(event.ViewDropped) {
			list, numbered = append(list, e), numbered && e.Seq > 0
		}
	}
	if numbered {
		slices.SortFunc(list, func(x, y *TimelineEvent) int { return cmp.Compare(x.Seq, y.Seq) })
	}
	return list
}

// isOver reports whether events tell the end of their view.
func isOver(events []TimelineEvent) bool {
	return slices.ContainsFunc(events, func(e TimelineEvent) bool {
		return e.Name == string(event.ViewEnd) || e.Name == string(event.ViewDropped)
	})
}

// numberOr is a column in whole numbers.
func numberOr(v *View, c *catalog.Column, otherwise int64) int64 {
	if n, ok := v.Number(c); ok {
		return roundMS(n)
	}
	return otherwise
}

// offsetOf finds the offset of the player's clock that the view was told by: the
// end of the view is that of its last event, corrected by it. Where that does not
// hold, as times were clamped, the shortest way of an event stands in, which is a
// little longer than that of a beacon.
func offsetOf(v *View, events []*TimelineEvent) offset {
	var last *TimelineEvent
	shortest := int64(math.MaxInt64)
	for _, e := range events {
		if e.ViewerTime > 0 {
			shortest = min(shortest, e.EventTime-e.ViewerTime)
		}
		if last == nil || last.Name != string(event.ViewEnd) || e.Name == string(event.ViewEnd) {
			last = e
		}
	}
	if shortest == math.MaxInt64 {
		return offset{}
	}
	o := offset{known: true, delay: shortest}
	if last.ViewerTime > 0 {
		if delay := numberOr(v, colEnd, 0) - last.ViewerTime; delay <= shortest && delay > shortest-day {
			o.delay = delay
		}
	}
	return o
}

// mark puts an event into the lanes that it belongs to.
func (a *axis) mark(c *Course, e *TimelineEvent) {
	at := a.since1970(e) - a.start
	one := EventMark{At: at, Name: e.Name, Playhead: e.PlaybackTime, Received: e.EventTime, Details: e.Details}
	if one.Details == nil {
		one.Details = map[string]any{}
	}
	c.Events = append(c.Events, one)
	switch kind := event.Kind(e.Name); {
	case kind == event.Error:
		c.Errors = append(c.Errors, errorMark(at, e))
	case isRequest(kind):
		c.Requests = append(c.Requests, a.request(at, e))
	}
}

func errorMark(at int64, e *TimelineEvent) ErrorMark {
	business, _ := e.Details["is_business_exception"].(bool)
	return ErrorMark{
		At: at, Type: int64(e.number("error_type")), Code: e.words("error_code"), Message: e.words("error_message"), Context: e.words("error_context"),
		Fatal: e.Details["error_severity"] == severity(true), Business: business,
	}
}

// words is a detail that is a text, nil if it has none.
func (e *TimelineEvent) words(name string) *string {
	if text, ok := e.Details[name].(string); ok {
		return &text
	}
	return nil
}

// number is any other detail, 0 if it has none.
func (e *TimelineEvent) number(name string) float64 {
	n, _ := e.Details[name].(float64)
	return n
}

// scalar is a detail in words, be it a text or a number; nil if it has none.
func (e *TimelineEvent) scalar(name string) *string {
	if n, ok := e.Details[name].(float64); ok {
		text := strconv.FormatFloat(n, 'f', -1, 64)
		return &text
	}
	return e.words(name)
}

// whole is a detail as a whole number, nil if it has none.
func (e *TimelineEvent) whole(name string) *int64 {
	if n, ok := e.Details[name].(float64); ok && math.Abs(n) < maxInt {
		whole := roundMS(n)
		return &whole
	}
	return nil
}
