package tracker

import "slices"

// countedAs is how much of an outage counts as silence, in ms: as much as if a
// tick had come.
const countedAs = 1000

// pause is an outage.
type pause struct{ until, ms int64 }

// age is for how long a view has been open, but for outages, in ms.
func (o *openViews) age(v *openView) int64 {
	age := o.now - v.inserted
	for _, p := range o.outages {
		if p.until > v.inserted {
			age -= p.ms
		}
	}
	return age
}

// excuse moves on what silence is counted from, in all open views, when the
// server itself was not there before a record at this time. How long views are
// silent until then is not known, and their players, which keep what they could
// not send, will tell. It returns how much does not count, in ms.
//
// Time between two records is the same to every fold that reads both, wherever
// it began.
func (o *openViews) excuse(now int64) (outage int64) {
	step, known := now-o.now, o.now != 0
	o.now = now
	if !known || o.silence.Outage == 0 || step <= o.silence.Outage || o.len() == 0 {
		return 0
	}
	outage = step - countedAs
	o.outages = append(o.outages, pause{now, outage})
	first := o.byFirst.Front().Value.(*openView).inserted
	o.outages = slices.DeleteFunc(o.outages, func(p pause) bool { return p.until <= first })
	for el := o.byFirst.Front(); el != nil; el = el.Next() {
		v := el.Value.(*openView)
		v.changed += outage
		v.lastHeard += outage
	}
	return outage
}
