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

	begun    int64 // views that began since the rates were measured
	measured int64 // record at which they were
	proposed int64 // where the journal ended at the last proposal; 0 is none
}

// group is the open views of an environment.
type group struct {
	name  string // of the environment
	open  int
	begun int     // since the rates were measured
	rate  float64 // views that begin with a record of the journal
}

// enter counts a view that began, leave one that is final. It returns the name
// of the environment, which all its views share.
func (c *crowd) enter(environment string) string {
	g := c.group(environment)
	g.open++
	g.begun++
	c.begun++
	return g.name
}

// join counts a view that began long ago.
func (c *crowd) join(environment string) { c.group(environment).open++ }

func (c *crowd) group(environment string) *group {
	g := c.groups[environment]
	if g == nil { // as many as operators have made
		g = &group{name: strings.Clone(environment)}
		c.groups[g.name] = g
	}
	return g
}

func (c *crowd) leave(environment string) { c.groups[environment].open-- }

// step is how many views may begin between two looks, and between two proposals
// in the journal: by so much the limit can be overshot.
func (c *crowd) step() int64 { return max(1, int64(c.most)/16) }

// wants reports whether so many views have begun that it is time for a look.
func (c *crowd) wants() bool { return c.most > 0 && c.begun >= c.step() }

// measure finds out the rates at which views begin, when enough has been read to
// tell them.
func (c *crowd) measure(read int64) {
	const enough = 256 // records
	records := read - c.measured
	if records == 0 || records < enough && c.begun < c.step() {
		return
	}
	for _, g := range c.groups {
		g.rate, g.begun = float64(g.begun)/float64(records), 0
	}
	c.begun, c.measured = 0, read
}

// look returns which views have to end early, or nothing. The journal has been
// read up to read and goes on to next. As what is proposed now is carried out at
// next, what has not been read counts as well, at the rates of late. And however
// far that is: while views go on coming in, proposals follow each other in the
// journal at a step, so that whoever reads it meets them in time.
//
// The environments with the most views give way, down to a common number of
// views; nine tenths of the limit stay.
func (o *openViews) look(read, next int64) []ending {
	c := &o.crowd
	c.measure(read)
	expected, sum, rates := map[string]float64{}, 0.0, 0.0
	for environment, g := range c.groups {
		n := float64(g.open) + g.rate*float64(next-read)
		expected[environment] = n
		sum += n
		rates += g.rate
	}
	if c.most == 0 || sum <= float64(c.most) {
		c.proposed = 0
		return nil
	}
	if read <= c.proposed && rates*float64(next-c.proposed) < float64(c.step()) {
		return nil // the last one is on its way, and little has come in after it
	}
	c.proposed = next
	var list []ending
	level := fair(expected, 0.9*float64(c.most))
	for environment, n := range expected {
		if n > level {
			list = append(list, ending{environment, min(next, o.cutoff(c.groups[environment], n-level, read))})
		}
	}
	slices.SortFunc(list, func(a, b ending) int { return cmp.Compare(a.Environment, b.Environment) })
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
// when more records have been read.
func (o *openViews) cutoff(g *group, views float64, read int64) int64 {
	if more := views - float64(g.open); more > 0 {
		return read + int64(more/g.rate)
	}
	for el := o.idle.Front(); el != nil; el = el.Next() {
		if v := el.Value.(*openView); v.key.environment == g.name {
			if views--; views <= 0 {
				return v.last.record + 1
			}
		}
	}
	return read
}

// endUnheard ends the views of an environment that no record from offset before
// on spoke of, and returns how many those were. What was heard of at this very
// moment stays: the id of the view after it has to be another one.
func (o *openViews) endUnheard(environment string, before, now int64) (ended int) {
	following := o.idle.Front()
	for el := following; el != nil; el = following {
		following = el.Next()
		v := el.Value.(*openView)
		if v.last.record >= before || v.lastHeard >= now {
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
