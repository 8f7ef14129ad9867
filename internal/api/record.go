package api

import "playhead/internal/query"

// oneRecord is the answer with one record; beside an error nobody reads it.
func oneRecord(c *call, row any) envelope {
	return envelope{Data: row, Total: rows(1), Timeframe: lastDay(c.query.Now)}
}

// listRecords answers with a page of records that are all in memory.
func listRecords[Record, Row any](c *call, all []Record, row func(Record) Row) (any, error) {
	p, err := query.Records(c.query)
	if err != nil {
		return nil, err
	}
	data := []Row{}
	for i := p.Offset; i < min(p.Offset+p.Limit, len(all)); i++ {
		data = append(data, row(all[i]))
	}
	return envelope{Data: data, Total: rows(len(all)), Timeframe: lastDay(c.query.Now)}, nil
}
