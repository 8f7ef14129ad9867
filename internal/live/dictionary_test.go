package live

import "testing"

// TestDictionaryOfQueries: a number stands for the same as long as a query runs
// that may have met it, and is given to something else later.
func TestDictionaryOfQueries(t *testing.T) {
	var d dictionary[text]
	d.size = text.size
	var r reads
	a := d.use(text{value: "a"}, text.own)
	epoch := r.begin(func() {})
	d.leave(a)
	d.tidy(r.bounds())
	if b := d.use(text{value: "b"}, text.own); b == a || d.list()[a].key.value != "a" {
		t.Errorf("while a query runs that knows number %d, it stands for %q", a, d.list()[a].key.value)
	}
	later := r.begin(func() {})
	r.end(epoch)
	d.tidy(r.bounds())
	if c := d.use(text{value: "c"}, text.own); c != a {
		t.Errorf("after the query has ended, number %d is not used again", a)
	}
	r.end(later)
}
