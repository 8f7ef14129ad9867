package api

// history is rows of the last half an hour, the oldest first.
type history []told

// told is a row as it was told.
type told struct {
	at    int64  // its time, in ms since 1970
	event int64  // the id of the event that told it so
	text  []byte // in JSON
}

// merge puts rows in the place of those that have been told, and forgets what
// is older than oldest. What has not changed was told before.
func (h history) merge(rows []told, event, oldest int64) history {
	merged := make(history, 0, len(h)+len(rows))
	for len(h) > 0 || len(rows) > 0 {
		switch {
		case len(rows) == 0 || len(h) > 0 && h[0].at < rows[0].at:
			merged, h = append(merged, h[0]), h[1:]
		case len(h) > 0 && h[0].at == rows[0].at && string(h[0].text) == string(rows[0].text):
			merged, h, rows = append(merged, h[0]), h[1:], rows[1:]
		default:
			if len(h) > 0 && h[0].at == rows[0].at {
				h = h[1:]
			}
			rows[0].event = event
			merged, rows = append(merged, rows[0]), rows[1:]
		}
		if merged[len(merged)-1].at < oldest {
			merged = merged[:len(merged)-1]
		}
	}
	return merged
}

// since are the rows that were told after an event.
func (h history) since(event int64) (rows [][]byte) {
	for i := range h {
		if h[i].event > event {
			rows = append(rows, h[i].text)
		}
	}
	return rows
}
