package query

import (
	"slices"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/fault"
)

// Subview is a kind of stretch that views are made of: as long as a rendition
// was played, or a mode of playback was used. Their playing time is what they
// are measured by.
type Subview struct {
	Type   string          // as in the API
	column *catalog.Column // an element for each of the view; its last part is the playing time
}

// Subviews are all of them.
var Subviews = []*Subview{
	{"rendition", catalog.MustColumn("rendition_playing_times")},
	{"playback_mode", catalog.MustColumn("playback_mode_playing_times")},
}

// LookupSubview finds a kind by its name; another is fault.NotFound.
func LookupSubview(name string) (*Subview, error) {
	var names []string
	for _, s := range Subviews {
		if s.Type == name {
			return s, nil
		}
		names = append(names, s.Type)
	}
	return nil, fault.New(fault.NotFound, "there are no subviews of the type %s; there are %s", fault.Quote(name), list(names))
}

// NoValue is what a value that is not known is called among those of subviews.
const NoValue = "__empty__"

// Dimensions are the names of what tells subviews apart.
func (s *Subview) Dimensions() []string { return s.column.Parts[:len(s.column.Parts)-1] }

// ViewDimensions are the names of the listed dimensions of views, without
// those that subviews have themselves.
func (s *Subview) ViewDimensions() []string {
	var names []string
	for _, level := range []catalog.Level{catalog.Basic, catalog.Advanced} {
		for i := range catalog.Dimensions {
			if d := &catalog.Dimensions[i]; d.Level == level && !slices.Contains(s.Dimensions(), d.Name) {
				names = append(names, d.Name)
			}
		}
	}
	return names
}

// lookup finds a dimension of the subviews, by the index of its part, or one of
// their views.
func (s *Subview) lookup(name string) (part int, of *catalog.Dimension, err error) {
	if part = slices.Index(s.Dimensions(), name); part >= 0 {
		return part, nil, nil
	}
	of, ok := catalog.LookupDimension(name)
	if !ok {
		return 0, nil, fault.New(fault.NotFound, "%s; of a %s there are %s",
			unknown("dimension", name, catalog.NearestDimensions), s.Type, list(s.Dimensions()))
	}
	return 0, of, nil
}

// param is lookup for a dimension that a parameter names.
func (s *Subview) param(param, name string) (part int, of *catalog.Dimension, err error) {
	if part, of, err = s.lookup(name); err != nil {
		err = fault.Badf(param, "%s", err)
	}
	return part, of, err
}

// groups reads the parameter group_by[]: names of dimensions of the subviews,
// all of them when there is none.
func (s *Subview) groups(names []string) (unique []string, parts []int, err error) {
	if len(names) == 0 {
		names = s.Dimensions()
	}
	for _, name := range names {
		part := slices.Index(s.Dimensions(), name)
		switch {
		case part < 0:
			return nil, nil, fault.Badf("group_by[]", "a %s is grouped by any of %s, not by %s", s.Type, list(s.Dimensions()), fault.Quote(name))
		case !slices.Contains(parts, part):
			unique, parts = append(unique, name), append(parts, part)
		}
	}
	return unique, parts, nil
}

// filters reads the parameter filters[], whose dimensions are those of the
// subviews and of their views.
func (s *Subview) filters(words []string) (views []Condition, elements []ElementCondition, err error) {
	const param = "filters[]"
	if err := bounded(param, words); err != nil {
		return nil, nil, err
	}
	var ofViews []string
	for _, word := range words {
		op, rest := cutOp(word)
		name, value, found := strings.Cut(rest, ":")
		if value == NoValue {
			word, value = strings.TrimSuffix(word, NoValue), ""
		}
		part := slices.Index(s.Dimensions(), name)
		switch {
		case part < 0 || !found:
			ofViews = append(ofViews, word)
			continue
		case op == '+' || op == '-':
			return nil, nil, fault.Badf(param, "%c is for sequences; %s has single values: use %s:value or !%s:value", op, name, name, name)
		}
		not := op == '!'
		i := slices.IndexFunc(elements, func(c ElementCondition) bool { return c.Part == part && c.Not == not })
		if i < 0 {
			i = len(elements)
			elements = append(elements, ElementCondition{Part: part, Not: not})
		}
		elements[i].Texts = append(elements[i].Texts, value)
	}
	views, err = filters(ofViews)
	return views, elements, err
}
