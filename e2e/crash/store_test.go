package crash

import (
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"playhead/e2e/harness"
	"playhead/internal/catalog"
	"playhead/internal/store/duckdb"
	"playhead/internal/view"
)

// stored is what is in the file of views of a server that does not run.
type stored struct {
	rows map[string]string   // by id: all columns of the table, as text
	docs map[string][]byte   // by id: the document of the whole view
	ids  map[string][]string // by the SDK's id: ours
}

// readStore reads the file of views in a data directory.
func readStore(t *testing.T, dir string) stored {
	t.Helper()
	s, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(dir, "views.duckdb")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got := stored{rows: map[string]string{}, docs: map[string][]byte{}, ids: map[string][]string{}}
	err = s.Read(t.Context(), func(db *sql.DB) error {
		if err := each(t, db, "SELECT id::VARCHAR, * EXCLUDE (id) FROM views", got.row); err != nil {
			return err
		}
		return each(t, db, "SELECT id::VARCHAR, doc FROM timelines", got.document)
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// row takes a row of the table of views.
func (s stored) row(names []string, values []any) error {
	id := values[0].(string)
	var text strings.Builder
	for i, name := range names {
		fmt.Fprintf(&text, "%s = %v\n", name, values[i]) // the shortest text that is the same number
	}
	if _, twice := s.rows[id]; twice {
		return fmt.Errorf("two rows have the id %s", id)
	}
	s.rows[id] = text.String()
	sdk := fmt.Sprint(values[slices.Index(names, "view_id")])
	s.ids[sdk] = append(s.ids[sdk], id)
	return nil
}

var decoder = must(zstd.NewReader(nil))

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// document takes a row of the table of timelines.
func (s stored) document(_ []string, values []any) error {
	id := values[0].(string)
	if _, twice := s.docs[id]; twice {
		return fmt.Errorf("two timelines have the id %s", id)
	}
	doc, err := decoder.DecodeAll(values[1].([]byte), nil)
	s.docs[id] = doc
	return err
}

// each calls f with every row of a statement.
func each(t *testing.T, db *sql.DB, query string, f func(names []string, values []any) error) error {
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	values, targets := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		if err := f(names, values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// keep compares what is stored with what viewers were promised.
func (s stored) keep(t *testing.T, l *ledger, r *report) {
	t.Helper()
	complain := func(format string, args ...any) {
		if r.lost+r.doubled+r.wrong < 10 { // the first ones tell enough
			t.Errorf(format, args...)
		}
	}
	for id, e := range l.views {
		if len(s.ids[id]) == 0 {
			complain("view %s was acknowledged but is not there", id)
			r.lost++
			continue
		}
		v, err := view.DecodeDocument(s.docs[s.ids[id][0]])
		if err == nil && v.Text(catalog.MustColumn("view_id")) != id {
			err = fmt.Errorf("document of view %s is that of %s", id, v.Text(catalog.MustColumn("view_id")))
		}
		if err == nil {
			err = e.check(v)
		}
		if err != nil {
			complain("%v", err)
			r.wrong++
		}
	}
	for id, ours := range s.ids { // also of views that are not in the ledger
		if len(ours) > 1 {
			complain("view %s is there %d times: %v", id, len(ours), ours)
			r.doubled++
		}
	}
}

// sameAsUndisturbed has a server that nobody kills compute everything from the
// journal of a data directory, and compares each value of its views with those
// there.
func sameAsUndisturbed(t *testing.T, dir string, got stored, args ...string) {
	t.Helper()
	fresh := t.TempDir()
	if err := copyFolder(filepath.Join(fresh, "journal"), filepath.Join(dir, "journal")); err != nil {
		t.Fatal(err)
	}
	harness.StartIn(t, fresh, args...).Stop(t)
	want := readStore(t, fresh)
	for what, ids := range map[string][2][]string{
		"rows": {keys(want.rows), keys(got.rows)}, "timelines": {keys(want.docs), keys(got.docs)},
	} {
		if d := cmp.Diff(ids[0], ids[1]); d != "" {
			t.Errorf("ids of %s (-without crashes +with):\n%s", what, d)
		}
	}
	different := 0
	for id := range want.rows {
		row := cmp.Diff(want.rows[id], got.rows[id])
		doc := cmp.Diff(string(want.docs[id]), string(got.docs[id]))
		if row == "" && doc == "" {
			continue
		}
		if different++; different <= 3 {
			t.Errorf("view %s (-without crashes +with):\n%s%s", id, row, doc)
		}
	}
	if different > 0 {
		t.Errorf("%d of %d views differ from those of a run without crashes", different, len(want.rows))
	}
}

func keys[V any](m map[string]V) []string {
	list := make([]string, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// copyFolder copies the files of a folder.
func copyFolder(to, from string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, e.Name()), data, 0o600)
	})
}
