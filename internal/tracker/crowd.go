package tracker

import (
	"cmp"
	"slices"
	"strings"
)

// crowd are the open views by environment, and the judgement on when there are
// too many. It only proposes: what it proposes depends on when it was asked, so
// it is carried out when it is read from the journal, and not before.
type crowd struct {
	most   int // open views of all environments; 0 is any number
	groups map[string]*group

	begun  int64 // views that began since the last look
	looked int64 // record at which it was
	next   int64 // the proposal of the last look will have been carried out before this record
}

// group is the open views of an environment.
type group struct {
	name  string // of the environment
	open  int
	begun int // since the last look
}

// lookEvery is how many records there are at most between two looks.
const lookEvery = 1024

// enter counts a view that began, leave one that is final. It returns the name
// of the environment, which all its views share.
func (c *crowd) enter(environment string) string {
	g := c.groups[environment]
	if g == nil { // as many as operators have made
		g = &group{name: strings.Clone(environment)}
		c.groups[g.name] = g
	}
	g.open++
	g.begun++
	c.begun++
	return g.name
}

func (c *crowd) leave(environment string) { c.groups[environment].open-- }

// wants reports whether it is time for a look when records below read have been
// folded. While a proposal is on its way there is another one only if a
// sixteenth of the limit has come in since: so even a tracker that is far behind
// the end of the journal meets proposals at that distance.
func (c *crowd) wants(read int64) bool {
	if c.most == 0 {
		return false
	}
	many := c.begun >= max(1, int64(c.most)/16)
	return many || read-c.looked >= lookEvery && read >= c.next
}

// look returns which views have to end early, or nothing. The journal has been
// read up to read and goes on to next. As what is proposed now is carried out at
// next, what has not been read counts as well, by how many views began lately.
//
// The environments with the most views give way, down to a common number of
// views; nine tenths of the limit stay.
func (o *openViews) look(read, next int64) []ending {
	c := &o.crowd
	expected, sum := map[string]float64{}, 0.0
	unread := float64(next-read) / float64(max(1, read-c.looked)) // in records of the last look
	for environment, g := range c.groups {
		n := float64(g.open) + float64(g.begun)*unread
		expected[environment] = n
		sum += n
	}
	var list []ending
	if most := float64(c.most); sum > most {
		level := fair(expected, 0.9*most)
		for environment, n := range expected {
			if n > level {
				rate := float64(c.groups[environment].begun) / float64(max(1, read-c.looked))
				list = append(list, ending{environment, min(next, o.cutoff(environment, n-level, rate, read))})
			}
		}
		slices.SortFunc(list, func(a, b ending) int { return cmp.Compare(a.Environment, b.Environment) })
	}
	for _, g := range c.groups {
		g.begun = 0
	}
	c.begun, c.looked, c.next = 0, read, 0
	if list != nil {
		c.next = next + 1
	}
	return list
}

// fair returns the number to which all that are larger have to come down for
// the sum to be what it may be at most.
func fair(counts map[string]float64, most float64) float64 {
	var sizes []float64
	for _, n := range counts {
		sizes = append(sizes, n)
	}
	slices.Sort(sizes)
	for i, n := range sizes {
		if share := most / float64(len(sizes)-i); n > share {
			return share
		}
		most -= n
	}
	return most
}

// cutoff is the record before which the last word of so many views of an
// environment was spoken: of those that are open, and of those that will be
// when more records have been read, at the rate at which views begin.
func (o *openViews) cutoff(environment string, views, rate float64, read int64) int64 {
	for el := o.idle.Front(); el != nil; el = el.Next() {
		if v := el.Value.(*openView); v.key.environment == environment {
			if views--; views <= 0 {
				return v.lastRecord + 1
			}
		}
	}
	return read + int64(views/max(rate, 1e-9))
}

// endUnheard ends the views of an environment that no record from offset before
// on spoke of, and returns how many those were. What was heard of at this very
// moment stays: the id of the view after it has to be another one.
func (o *openViews) endUnheard(environment string, before, now int64) (ended int) {
	following := o.idle.Front()
	for el := following; el != nil; el = following {
		following = el.Next()
		v := el.Value.(*openView)
		if v.lastRecord >= before || v.lastHeard >= now {
			break
		}
		if v.key.environment == environment {
			o.end(v)
			ended++
		}
	}
	return ended
}

// end makes a view complete, as if by silence, and final.
func (o *openViews) end(v *openView) {
	if !v.complete() {
		v.dropped = true
		o.finish(v)
	}
	o.forget(v)
}
