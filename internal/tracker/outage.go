package tracker

// countedAs is how much of an outage counts as silence, in ms: as much as if a
// tick had come.
const countedAs = 1000

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
	if !known || o.outageAfter == 0 || step <= o.outageAfter || o.len() == 0 {
		return 0
	}
	outage = step - countedAs
	for el := o.byFirst.Front(); el != nil; el = el.Next() {
		v := el.Value.(*openView)
		v.changed += outage
		v.lastHeard += outage
	}
	return outage
}
