package duckdb

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"playhead/internal/view"
)

// whole is a view with its document as it is stored.
type whole struct {
	id    view.ID
	place int64      // in the order in which views are read
	doc   []byte     // compressed; nil: it was deleted, or there never was one
	row   *view.View // the stored columns, of those without a document
}

// How many whole views are read at a time: a statement takes some 30 ms whatever it
// reads, and documents are mostly of 2 to 8 KB.
const (
	firstWholes  = 100
	mostWholes   = 5000
	wholesMemory = 8 << 20 // bytes of documents that are aimed at
)

// ordered reads the whole views that a condition is true of, in the order of a column and
// then by id, from a value of it on. It reads some at a time, and what of a view it
// reads is of one moment. Nobody waits for whoever takes them.
func (s *Store) ordered(ctx context.Context, step, column string, from int64, where string, args ...any) iter.Seq2[*whole, error] {
	text := fmt.Sprintf(`SELECT v.id, v.place, t.doc
		FROM (SELECT id, %[1]s AS place FROM views WHERE %[2]s AND %[1]s >= ? AND (%[1]s > ? OR id > ?::UUID) ORDER BY %[1]s, id LIMIT ?) v
		LEFT JOIN timelines t ON t.id = v.id`, column, where)
	return func(yield func(*whole, error) bool) {
		last := whole{place: from - 1} // before all others
		most := min(s.together, firstWholes)
		for at := from; ; at = last.place {
			var list []whole
			err := s.read(ctx, step, func(db *database) (err error) {
				list, err = wholes(ctx, db, text, slices.Concat(args, []any{at, last.place, last.id.String(), most}))
				return err
			})
			if err != nil {
				yield(nil, err)
				return
			}
			size := int64(1)
			for i := range list {
				size += int64(len(list[i].doc))
				if !yield(&list[i], nil) {
					return
				}
				list[i].doc = nil // it is not needed any more
			}
			n := int64(len(list))
			if n < most {
				return
			}
			last = list[n-1]
			most = min(s.together, mostWholes, max(1, wholesMemory*n/size))
		}
	}
}

// wholes reads the views that a query lists, in their order.
func wholes(ctx context.Context, db *database, text string, args []any) (list []whole, err error) {
	tx, err := db.pool.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // it has changed nothing
	err = each(ctx, tx, text, args, func(scan func(...any) error) error {
		var id []byte
		var w whole
		if err := scan(&id, &w.place, &w.doc); err != nil {
			return err
		}
		w.id = view.ID(id)
		list = append(list, w)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b whole) int { return cmp.Or(cmp.Compare(a.place, b.place), bytes.Compare(a.id[:], b.id[:])) })
	var without []view.ID
	for i := range list {
		if list[i].doc == nil {
			without = append(without, list[i].id)
		}
	}
	byID := make(map[view.ID]*view.View, len(without))
	for ids := range slices.Chunk(without, 1000) {
		where, args := among(ids)
		found, err := rows(ctx, tx, where, args...)
		if err != nil {
			return nil, err
		}
		for _, v := range found {
			byID[v.ID] = v
		}
	}
	for i := range list {
		if list[i].doc == nil {
			list[i].row = byID[list[i].id]
		}
	}
	return list, nil
}

// unpack makes a view of what was read of it. The buffer is used again for the next one.
func (s *Store) unpack(w *whole, decode func([]byte) (*view.View, error), buffer *[]byte) (*view.View, error) {
	if w.doc == nil {
		return w.row, nil
	}
	doc, err := s.decompress(w.doc, (*buffer)[:0])
	if err != nil {
		return nil, fmt.Errorf("view %s: %w", w.id, err)
	}
	*buffer = doc
	return decode(doc)
}

// decompress is for those that do not use the file meanwhile.
func (s *Store) decompress(packed, buffer []byte) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, errClosed
	}
	doc, err := s.decoder.DecodeAll(packed, buffer)
	if err != nil {
		return nil, fmt.Errorf("decompress: %w", err)
	}
	return doc, nil
}
