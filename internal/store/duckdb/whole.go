package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"

	"playhead/internal/view"
)

const (
	// wholesTogether is how many whole views are read at a time: as many as one
	// statement looks for by their ids.
	wholesTogether = 1000
	// wholeBytes is how many bytes of documents are held at a time, if one does not
	// have more.
	wholeBytes = 8 << 20
)

// whole is a view with its document as it is stored.
type whole struct {
	id    view.ID
	place int64      // in the order in which views are read
	doc   []byte     // compressed; nil: it was deleted, or there never was one
	row   *view.View // the stored columns, of those without a document
}

// ordered reads the whole views that a condition is true of, in the order of a column and
// then by id, from a value of it on. It reads some at a time, and what of a view it
// reads is of one moment. Nobody waits for whoever takes them.
func (s *Store) ordered(ctx context.Context, step, column string, from int64, where string, args ...any) iter.Seq2[*whole, error] {
	text := "SELECT id, " + column + " FROM views WHERE " + where + fmt.Sprintf(" AND %[1]s >= ? AND (%[1]s > ? OR id > ?::UUID) ORDER BY %[1]s, id LIMIT ?", column)
	return func(yield func(*whole, error) bool) {
		last := whole{place: from - 1} // before all others
		for at := from; ; at = last.place {
			var list []whole
			var more bool
			most := int(min(s.together, wholesTogether))
			err := s.read(ctx, step, func(db *database) (err error) {
				list, more, err = wholes(ctx, db, text, slices.Concat(args, []any{at, last.place, last.id.String(), most}), most)
				return err
			})
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range list {
				if !yield(&list[i], nil) {
					return
				}
			}
			if !more {
				return
			}
			last = list[len(list)-1]
		}
	}
}

// wholes reads the views that a query lists, and reports whether there may be more: it
// lists no more than most, and the last ones are left out if there is too much of them.
func wholes(ctx context.Context, db *database, text string, args []any, most int) (list []whole, more bool, err error) {
	tx, err := db.pool.BeginTx(ctx, nil)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = tx.Rollback() }() // it has changed nothing
	err = each(ctx, tx, text, args, func(scan func(...any) error) error {
		var id []byte
		var w whole
		if err := scan(&id, &w.place); err != nil {
			return err
		}
		w.id = view.ID(id)
		list = append(list, w)
		return nil
	})
	if err != nil || len(list) == 0 {
		return nil, false, err
	}
	more = len(list) == most
	left, err := documentsOf(ctx, tx, list)
	if err != nil {
		return nil, false, err
	}
	return left, more || len(left) < len(list), rowsOf(ctx, tx, left)
}

// documentsOf reads documents. It returns the views that it has them of: the first ones,
// as many as may be held.
func documentsOf(ctx context.Context, tx *sql.Tx, list []whole) ([]whole, error) {
	ids, places := make([]view.ID, len(list)), make(map[view.ID]int, len(list))
	for i := range list {
		ids[i], places[list[i].id] = list[i].id, i
	}
	where, args := among(ids)
	size := 0
	err := each(ctx, tx, "SELECT id, doc FROM timelines"+where, args, func(scan func(...any) error) error {
		var id, doc []byte
		if err := scan(&id, &doc); err != nil {
			return err
		}
		i := places[view.ID(id)]
		if i >= len(list) {
			return nil
		}
		list[i].doc = doc
		for size += len(doc); size > wholeBytes && len(list) > 1; list = list[:len(list)-1] {
			size -= len(list[len(list)-1].doc)
		}
		return nil
	})
	return list, err
}

// rowsOf reads the rows of the views that have no document.
func rowsOf(ctx context.Context, tx *sql.Tx, list []whole) error {
	var ids []view.ID
	for i := range list {
		if list[i].doc == nil {
			ids = append(ids, list[i].id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	where, args := among(ids)
	found, err := rows(ctx, tx, where, args...)
	if err != nil {
		return err
	}
	byID := make(map[view.ID]*view.View, len(found))
	for _, v := range found {
		byID[v.ID] = v
	}
	for i := range list {
		if list[i].doc == nil {
			list[i].row = byID[list[i].id]
		}
	}
	return nil
}

// unpack makes a view of what was read of it.
func (s *Store) unpack(w *whole, decode func([]byte) (*view.View, error)) (*view.View, error) {
	if w.doc == nil {
		return w.row, nil
	}
	doc, err := s.decompress(w.doc)
	if err != nil {
		return nil, fmt.Errorf("view %s: %w", w.id, err)
	}
	return decode(doc)
}

// decompress is for those that do not use the file meanwhile.
func (s *Store) decompress(packed []byte) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, errClosed
	}
	doc, err := s.decoder.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("decompress: %w", err)
	}
	return doc, nil
}
