package query

// RecordsPlan is a page of a list of what people write, such as annotations.
type RecordsPlan struct {
	Timeframe     *Timeframe // nil: not asked for
	Descending    bool
	Limit, Offset int
}

// Records reads what a list of records can be asked for: a page, a direction
// (asc by default) and a timeframe. Everything wrong is fault.Invalid.
func Records(r Request) (*RecordsPlan, error) {
	p := &RecordsPlan{}
	if len(r.Timeframe) > 0 {
		f, err := timeframe(r.Timeframe, r.Now)
		if err != nil {
			return nil, err
		}
		p.Timeframe = &f
	}
	limit, number, err := page(r)
	if err != nil {
		return nil, err
	}
	p.Limit, p.Offset = limit, (number-1)*limit
	p.Descending, err = descending(r.Direction, false)
	return p, err
}
