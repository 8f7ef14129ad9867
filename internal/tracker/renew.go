package tracker

import (
	"context"
	"maps"
	"slices"

	"playhead/internal/event"
	"playhead/internal/journal"
	"playhead/internal/view"
)

// A view that goes on for days would have the journal kept for as long, and its
// record read again by every start. So it ends at an age, and what its player
// goes on to tell makes another view, which begins with what the player will not
// tell again and counts from there what the player adds up.
//
// That is a control, although it looks as if it followed from the view's own
// records: a start reads from the first record of the oldest open view on, which
// can be in the middle of the view before, and would not know its age nor what
// it had been told.

// renewal ends a view because of its age, if it is open.
type renewal struct {
	Environment string  `json:"environment"`
	View        string  `json:"view"`            // the player's id
	After       *before `json:"after,omitempty"` // how another one begins; nil: none does

	Partition uint16 `json:"-"` // of the view, and so of the record
}

// before is the view before, as of its last event when the renewal was decided.
// What is told between that and the record of the renewal counts in both views;
// so it is decided only while the tracker keeps up.
type before struct {
	Seq     int64          `json:"seq"` // the largest number of its events
	Time    int64          `json:"time"`
	Player  string         `json:"player,omitempty"`
	Playing bool           `json:"playing,omitempty"`
	Fields  map[string]any `json:"fields,omitempty"`
	Totals  map[string]any `json:"totals,omitempty"`
	Client  map[string]any `json:"client,omitempty"`

	legacy view.Legacy
}

// renewTogether is how many views are renewed at most with one look, and
// keepsUp how many records the tracker is behind at most.
const (
	renewTogether = 100
	keepsUp       = 1000
)

// renewOld appends renewals of the views that are too old, one record for each.
// It does nothing before the fold has come to record until; it returns the next
// such record.
func (t *Tracker) renewOld(ctx context.Context, until int64) int64 {
	if read := t.read.Load(); t.cfg.MaxAge == 0 || read < until || t.behind() > keepsUp {
		return until
	}
	select {
	case <-t.caughtUp:
	default:
		return until
	}
	t.mu.Lock()
	var records []journal.Record
	for _, r := range t.fold.open.tooOld(t.cfg.MaxAge.Milliseconds()) {
		rec := control{Renew: []renewal{r}}.record(t.now.Load())
		rec.Partition = r.Partition
		records = append(records, rec)
	}
	t.mu.Unlock()
	if len(records) == 0 {
		return until
	}
	if err := t.cfg.Log.Append(ctx, records...); err != nil {
		t.cfg.Logger.Debug("ending old views refused", "err", err) // the journal has counted it
	}
	_, next := t.cfg.Log.Bounds()
	return next
}

// tooOld returns renewals for the oldest views in progress that are older than
// an age in ms. Those that are complete are left to end by themselves, unless
// something, as a player that repeats itself, keeps them from it for as long as
// silence would take; nothing goes on after those.
func (o *openViews) tooOld(age int64) (list []renewal) {
	for el := o.byFirst.Front(); el != nil && len(list) < renewTogether; el = el.Next() {
		v := el.Value.(*openView)
		if o.age(v) < age {
			break
		}
		if v.complete() && o.age(v) < age+o.silence.Final {
			continue
		}
		r := renewal{Environment: v.key.environment, View: v.key.sdkID, Partition: v.partition}
		if v.machine.Started() && !v.complete() {
			l := v.machine.Legacy()
			r.After = &before{
				Seq: v.seq, Time: l.Time, Player: l.Player, Playing: l.Playing,
				Fields: byName(l.Fields), Totals: byName(l.Totals), Client: byName(l.Client),
			}
			if v.before != nil { // it counts from the view before it as well
				r.After.addTotals(v.before)
			}
		}
		list = append(list, r)
	}
	return list
}

// renew ends a view and begins the one that goes on.
func (o *openViews) renew(r *renewal, offset, now int64) {
	k := key{r.Environment, r.View}
	if v := o.byKey[k]; v != nil {
		v.renewed = r.After != nil && !v.complete()
		o.end(v)
	}
	b := r.After
	if b == nil {
		return
	}
	b.legacy = view.Legacy{
		Player: b.Player, Time: b.Time, Playing: b.Playing,
		Fields: values(b.Fields), Totals: values(b.Totals), Client: values(b.Client),
	}
	origin := &event.Origin{Received: now, Client: b.legacy.Client}
	events := b.legacy.GoesOn(r.View, b.Seq, origin)
	for i := range events {
		o.apply(r.Environment, &events[i], offset, now)
	}
	b.Fields, b.Totals, b.Client = nil, nil, nil // as views are kept for long
	b.legacy.Fields, b.legacy.Client = nil, nil
	o.byKey[k].before = b
}

// apply has the machine take an event, as it is to this view.
func (v *openView) apply(e *event.Event) view.Outcome {
	v.seq = max(v.seq, e.Seq)
	if v.before == nil {
		return v.machine.Apply(e)
	}
	if e.Seq > 0 && e.Seq <= v.before.Seq {
		return view.Duplicate // of the view before, which is final
	}
	own := *e
	own.Fields = v.before.legacy.Since(e.Fields)
	return v.machine.Apply(&own)
}

// addTotals counts what the view before the last one had added up.
func (b *before) addTotals(earlier *before) {
	for _, v := range earlier.legacy.Totals {
		if n, ok := b.Totals[v.Field.Name()].(float64); ok {
			b.Totals[v.Field.Name()] = n + v.Num
		}
	}
}

// byName are values by the names of their fields, as JSON has them.
func byName(list []event.Value) map[string]any {
	m := make(map[string]any, len(list))
	for _, v := range list {
		if t := v.Field.Type(); t == event.Text || t == event.Raw {
			m[v.Field.Name()] = v.Text
		} else {
			m[v.Field.Name()] = v.Num
		}
	}
	return m
}

// values reads what byName wrote, in the order of the names. What this version
// does not know is left out.
func values(m map[string]any) (list []event.Value) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		f, known := event.Lookup(name)
		if !known {
			continue
		}
		text, isText := m[name].(string)
		num, isNum := m[name].(float64)
		if t := f.Type(); isText && (t == event.Text || t == event.Raw) || isNum && (t == event.Number || t == event.Bool) {
			list = append(list, event.Value{Field: f, Text: text, Num: num})
		}
	}
	return list
}
