package simulate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is something that happens to some viewers for some time. Shares are
// above 0 and up to 1, factors up to 100; 0 says that this does not happen.
type Fault struct {
	From, To time.Duration // since the start of the world; a To of 0 is never
	Whom     Whom

	NoStart float64 // share of the views whose content fails to load
	Fail    float64 // share of the views that fail while they play
	Code    string  // of these failures; "": that of a network error
	Slow    float64 // factor of the time of a start
	Stall   float64 // factor of how often playing stalls
	Bitrate float64 // share of the bandwidth that is left
	Rush    float64 // factor of how many people come: a load, but no fault
}

// Whom says which viewers are meant: those who fulfil all of the conditions.
type Whom []Condition

// Condition is one property of a view and its value.
type Condition struct{ Dimension, Value string }

// dimension is a property of views that conditions can name.
type dimension struct {
	name   string
	of     func(*script) string
	values func() []string // all that there are
}

var dimensions = []dimension{
	{"cdn", func(s *script) string { return s.cdn.name }, names(cdns, func(c cdn) string { return c.name })},
	{"country", func(s *script) string { return s.viewer.place.country }, names(places, func(p place) string { return p.country })},
	{"asn", func(s *script) string { return strconv.Itoa(s.viewer.asn) }, networkNames(func(n network) string { return strconv.Itoa(n.asn) })},
	{"connection", func(s *script) string { return s.viewer.connection }, networkNames(func(n network) string { return n.connection })},
	{"device", func(s *script) string { return s.viewer.category }, names(devices, func(d device) string { return d.category })},
	{"browser", func(s *script) string { return s.viewer.browser }, names(devices, func(d device) string { return d.browser })},
	{"system", func(s *script) string { return s.viewer.system }, names(devices, func(d device) string { return d.system })},
	{"player", func(s *script) string { return s.viewer.player }, names(devices, func(d device) string { return d.player })},
	{"release", func(s *script) string { return s.viewer.release }, releaseNames},
	{"title", func(s *script) string { return s.title.id }, names(titles, func(t title) string { return t.id })},
	{"series", func(s *script) string { return s.title.series }, names(titles, func(t title) string { return t.series })},
	{"stream", func(s *script) string { return s.title.streamType() }, names(titles, func(t title) string { return t.streamType() })},
}

func names[T any](list []T, name func(T) string) func() []string {
	return func() (all []string) {
		for _, one := range list {
			if n := name(one); n != "" && !slices.Contains(all, n) {
				all = append(all, n)
			}
		}
		return all
	}
}

func networkNames(name func(network) string) func() []string {
	var list []network
	for _, p := range places {
		list = append(list, p.networks...)
	}
	return names(list, name)
}

func releaseNames() []string {
	var list []release
	for _, d := range devices {
		list = append(list, d.releases...)
	}
	return names(list, func(r release) string { return r.version })()
}

func findDimension(name string) (dimension, bool) {
	i := slices.IndexFunc(dimensions, func(d dimension) bool { return d.name == name })
	if i < 0 {
		return dimension{}, false
	}
	return dimensions[i], true
}

// effect is one thing that a fault can do, as its text names it.
type effect struct {
	name string
	most float64
	of   func(*Fault) *float64
}

var effects = []effect{
	{"nostart", 1, func(f *Fault) *float64 { return &f.NoStart }},
	{"fail", 1, func(f *Fault) *float64 { return &f.Fail }},
	{"slow", 100, func(f *Fault) *float64 { return &f.Slow }},
	{"stall", 100, func(f *Fault) *float64 { return &f.Stall }},
	{"bitrate", 1, func(f *Fault) *float64 { return &f.Bitrate }},
	{"rush", 100, func(f *Fault) *float64 { return &f.Rush }},
}

// Validate checks a fault that was not made by ParseFault.
func (f *Fault) Validate() error {
	for _, c := range f.Whom {
		d, ok := findDimension(c.Dimension)
		if !ok {
			return fmt.Errorf("%q: want one of %s", c.Dimension, join(dimensions, func(d dimension) string { return d.name }))
		}
		if all := d.values(); !slices.Contains(all, c.Value) {
			return fmt.Errorf("%s is %q: want one of %s", c.Dimension, c.Value, strings.Join(all, ", "))
		}
	}
	something := false
	for _, e := range effects {
		n := *e.of(f)
		if !(n >= 0 && n <= e.most) {
			return fmt.Errorf("%s is %v: want a number above 0, at most %v", e.name, n, e.most)
		}
		something = something || n > 0
	}
	switch {
	case !something:
		return fmt.Errorf("nothing happens: want one of %s", join(effects, func(e effect) string { return e.name }))
	case f.Rush > 0 && f.Rush < 1:
		return fmt.Errorf("rush is %v: want at least 1", f.Rush)
	case strings.ContainsAny(f.Code, ",@:=") || f.Code != strings.TrimSpace(f.Code):
		return fmt.Errorf("code is %q: want one without ,@:= and blanks around it", f.Code)
	case f.From < 0 || f.To < 0 || f.To != 0 && f.To <= f.From:
		return fmt.Errorf("it lasts from %s to %s: want a time that passes", f.From, f.To)
	}
	return nil
}

func join[T any](list []T, name func(T) string) string {
	return strings.Join(names(list, name)(), ", ")
}

// during reports whether the fault is on at a time since the start of the world.
func (f *Fault) during(at time.Duration) bool { return at >= f.From && (f.To == 0 || at < f.To) }

func (f *Fault) rushes() bool { return f.Rush > 1 }

// named is the title that the fault is about, if it names one.
func (f *Fault) named() *title {
	for _, c := range f.Whom {
		if c.Dimension == "title" {
			return findTitle(c.Value)
		}
	}
	return nil
}

// match reports whether a view is meant.
func (w Whom) match(s *script) bool {
	for _, c := range w {
		if d, ok := findDimension(c.Dimension); !ok || d.of(s) != c.Value {
			return false
		}
	}
	return true
}
