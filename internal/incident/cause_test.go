package incident

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"playhead/internal/catalog"
	"playhead/internal/meta"
	"playhead/internal/view"
)

// TestExplain: causes of views made by hand, with the working beside.
//
// Lines of "explain" are groups of views: when, how many, how many of them are
// affected, and the values that they have.
func TestExplain(t *testing.T) {
	datadriven.Walk(t, "testdata/causes", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			q := questionOf(t, d)
			causes := Explain(q)
			if causes == nil {
				return "too few\n"
			}
			if len(causes) == 0 {
				return "nothing stands out\n"
			}
			affected := map[string]*view.View{}
			for _, list := range [][]Observed{q.Before, q.Now} {
				for _, o := range list {
					if o.Affected || q.Deviation != Affected {
						affected[o.View.ID.String()] = o.View
					}
				}
			}
			var b strings.Builder
			for _, c := range causes {
				fmt.Fprintf(&b, "%.3f of the excess: %s: %d of %d, usually %.3f\n", c.Share, segment(c.Breakdowns), c.Affected, c.Views, c.Expected)
				if want := min(mostViewIDs, int(c.Affected)); len(c.ViewIDs) != want {
					d.Fatalf(t, "%d ids of views, want %d", len(c.ViewIDs), want)
				}
				for _, id := range c.ViewIDs {
					v := affected[id]
					if v == nil {
						d.Fatalf(t, "view %s is not an affected one", id)
					}
					for _, b := range c.Breakdowns {
						if got := valueOf(v, catalog.MustColumn(b.Name)); got != b.Value {
							d.Fatalf(t, "view %s has the %s %q, want %q", id, b.Name, got, b.Value)
						}
					}
				}
				if !(c.PValue >= 0 && c.PValue <= mostPValue) || c.Rate != float64(c.Affected)/float64(c.Views) {
					d.Fatalf(t, "p is %v and the rate %v", c.PValue, c.Rate)
				}
			}
			return b.String()
		})
	})
}

func questionOf(t *testing.T, d *datadriven.TestData) *Question {
	q := &Question{}
	if d.HasArg("deviation") {
		var name string
		d.ScanArgs(t, "deviation", &name)
		q.Deviation = map[string]Deviation{"rise": Rise, "fall": Fall}[name]
	}
	if d.HasArg("about") {
		var name string
		d.ScanArgs(t, "about", &name)
		q.About = []meta.Breakdown{{Name: name, Value: "whatever all have"}}
	}
	n := uint64(0)
	for line := range strings.Lines(d.Input) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		views, err1 := strconv.Atoi(words[1])
		affected, err2 := strconv.Atoi(words[2])
		if err1 != nil || err2 != nil {
			d.Fatalf(t, "%q: want two numbers", line)
		}
		list := map[string]*[]Observed{"before": &q.Before, "now": &q.Now}[words[0]]
		for i := range views {
			n++
			v := newView(n)
			for _, w := range words[3:] {
				name, value, _ := strings.Cut(w, "=")
				setValue(v, name, value)
			}
			*list = append(*list, Observed{v, i < affected})
		}
	}
	return q
}

func newView(n uint64) *view.View {
	var id view.ID
	binary.BigEndian.PutUint64(id[8:], n)
	return view.New(id)
}

func setValue(v *view.View, name, value string) {
	c := catalog.MustColumn(name)
	if c.IsText() {
		v.SetText(c, value)
		return
	}
	n, err := strconv.ParseFloat(value, 64)
	if err != nil {
		panic(err)
	}
	v.SetNumber(c, n)
}

// TestUnequalShares: worked by hand.
func TestUnequalShares(t *testing.T) {
	for _, c := range []struct {
		name    string
		k, n, u [2]float64
		want    float64
	}{
		// Together 32 of 1000: a share of 0.032. Apart 0.3, and 0.01, as 2/900 is less than usual.
		// 30·ln(0.3/0.032) + 70·ln(0.7/0.968) + 2·ln(0.01/0.032) + 898·ln(0.99/0.968)
		// = 67.141 − 22.691 − 2.326 + 20.181
		{"hit alone", [2]float64{30, 2}, [2]float64{100, 900}, [2]float64{0.01, 0.01}, 62.305},
		{"hit alike", [2]float64{10, 90}, [2]float64{100, 900}, [2]float64{0.01, 0.01}, 0},
		// q = 0.3: 0.2 + 0.8·0.3 = 0.44 and 0.01 + 0.99·0.3 = 0.307.
		{"hit alike, one always fails more", [2]float64{44, 307}, [2]float64{100, 1000}, [2]float64{0.2, 0.01}, 0},
		{"nothing is hit", [2]float64{1, 9}, [2]float64{100, 900}, [2]float64{0.01, 0.01}, 0},
		{"hit less than the others", [2]float64{1, 90}, [2]float64{100, 100}, [2]float64{0.01, 0.01}, 0},
		{"all of it", [2]float64{100, 0}, [2]float64{100, 0}, [2]float64{0.01, 0.01}, 0},
		// Together 100 of 200: 0.5. Apart 1, and 0.01: 100·ln(2) + 100·ln(0.99/0.5) = 69.315 + 68.310
		{"everything fails", [2]float64{100, 0}, [2]float64{100, 100}, [2]float64{0.01, 0.01}, 137.625},
	} {
		if got := unequalShares(c.k, c.n, c.u); math.Abs(got-c.want) > 0.001 {
			t.Errorf("%s: %.4f, want %.4f", c.name, got, c.want)
		}
	}
}

// TestUnequalParts: 40·ln(40·200/(100·50)) + 10·ln(10·200/(100·50)) + 60·ln(60·200/(100·150))
// + 90·ln(90·200/(100·150)) = 18.800 − 9.163 − 13.389 + 16.409.
func TestUnequalParts(t *testing.T) {
	if got := unequalParts([2]float64{40, 10}, [2]float64{60, 90}); math.Abs(got-12.6576) > 0.0001 {
		t.Errorf("%.4f, want 12.6576", got)
	}
	if got := unequalParts([2]float64{40, 20}, [2]float64{60, 30}); got > 1e-9 {
		t.Errorf("the same parts: %v, want 0", got)
	}
}
