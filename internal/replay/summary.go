package replay

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"playhead/internal/view"
)

// Summary is what a replay found.
type Summary struct {
	Records    int64 `json:"records"`            // of the journal, ticks included
	Unreadable int64 `json:"unreadable_records"` // those of which something could not be read
	Unread     int64 `json:"unread_records"`     // those that the server has not read either

	Views      int64 `json:"views"` // views judged: the same, changed or missing
	Same       int64 `json:"same"`
	Changed    int64 `json:"changed"`
	Missing    int64 `json:"missing"`           // in the store
	OnlyStored int64 `json:"only_in_the_store"` // in the time whose records were read

	Open    int64 `json:"open"`         // not judged: in progress; where there are unread records, all that are not final
	Part    int64 `json:"held_in_part"` // not judged: they may have begun before the first record that was read
	Expired int64 `json:"expired"`      // not judged: deleted because of their age

	names map[string]*Tally
}

// Tally is how often and how far a metric or a column differs.
type Tally struct {
	Name    string  `json:"name"`
	Views   int64   `json:"views"`
	Numbers int64   `json:"numbers"`          // views in which both values are numbers
	Mean    float64 `json:"mean_distance"`    // of those
	Largest float64 `json:"largest_distance"` // of those
	Where   view.ID `json:"-"`                // the view with the largest, or the first one
}

func newSummary() *Summary { return &Summary{names: map[string]*Tally{}} }

// Differs reports whether the store is not as the journal says.
func (s *Summary) Differs() bool { return s.Changed+s.Missing+s.OnlyStored > 0 }

// Tallies are the metrics and columns that differ, those of most views first.
func (s *Summary) Tallies() []*Tally {
	return slices.SortedFunc(maps.Values(s.names), func(a, b *Tally) int {
		return cmp.Or(cmp.Compare(b.Views, a.Views), strings.Compare(a.Name, b.Name))
	})
}

// add counts a view that differs.
func (s *Summary) add(c *Change) {
	switch c.What {
	case Changed:
		s.Changed++
	case Missing:
		s.Missing++
	case OnlyStored:
		s.OnlyStored++
	}
	for _, d := range slices.Concat(c.Metrics, c.Columns) {
		s.tally(d, c.ID)
	}
}

func (s *Summary) tally(d Difference, id view.ID) {
	t := s.names[d.Name]
	if t == nil {
		t = &Tally{Name: d.Name, Where: id}
		s.names[d.Name] = t
	}
	t.Views++
	far, ok := d.Distance()
	if !ok {
		return
	}
	t.Numbers++
	t.Mean += (far - t.Mean) / float64(t.Numbers)
	if far > t.Largest {
		t.Largest, t.Where = far, id
	}
}
