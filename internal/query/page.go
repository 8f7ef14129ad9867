package query

import (
	"math"
	"strconv"

	"playhead/internal/fault"
)

const (
	defaultLimit = 25
	maxLimit     = 1000
)

// page reads the parameters limit and page. A page past the end is fine.
func page(r Request) (limit, number int, err error) { return pageOf(r, defaultLimit) }

// pageOf is page for lists whose limit has another default.
func pageOf(r Request, otherwise int) (limit, number int, err error) {
	if limit, err = whole("limit", r.Limit, otherwise, maxLimit); err != nil {
		return 0, 0, err
	}
	if number, err = whole("page", r.Page, 1, math.MaxInt32); err != nil {
		return 0, 0, err
	}
	return limit, number, nil
}

// whole reads a whole number from 1 to most.
func whole(param, s string, otherwise, most int) (int, error) {
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > most {
		return 0, fault.Badf(param, "want a whole number from 1 to %d, have %s", most, fault.Quote(s))
	}
	return n, nil
}

// descending reads the parameter order_direction.
func descending(s string, otherwise bool) (bool, error) {
	switch s {
	case "":
		return otherwise, nil
	case "asc":
		return false, nil
	case "desc":
		return true, nil
	}
	return false, fault.Badf("order_direction", "want asc or desc, have %s", fault.Quote(s))
}

// flag reads a parameter that is true or false.
func flag(param, s string, otherwise bool) (bool, error) {
	switch s {
	case "":
		return otherwise, nil
	case "true", "false":
		return s == "true", nil
	}
	return false, fault.Badf(param, "want true or false, have %s", fault.Quote(s))
}

// breakdownOrder reads order_by and order_direction of a breakdown. The last
// key is the group, so that the order is total and pages do not overlap.
// Fields ascend by default, everything else descends; descending by negative
// impact means the most harmful group first, which is the one of rank 1.
func breakdownOrder(r Request) ([]Order, error) {
	desc, err := descending(r.Direction, r.OrderBy != "field")
	if err != nil {
		return nil, err
	}
	group := Order{By: OrderByGroup}
	switch r.OrderBy {
	case "", "views", "concurrent_viewers", "concurent_viewers": // the last was documented so
		return []Order{{By: IndexViews, Descending: desc}, group}, nil
	case "value", "metric_value":
		return []Order{{By: IndexValue, Descending: desc}, group}, nil
	case "field":
		return []Order{{By: OrderByGroup, Descending: desc}}, nil
	case "negative_impact":
		return []Order{{By: OrderByRank, Descending: !desc}}, nil
	}
	return nil, fault.Badf("order_by", "want negative_impact, value, views or field, have %s", fault.Quote(r.OrderBy))
}
