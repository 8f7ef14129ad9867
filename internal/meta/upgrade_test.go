package meta

import (
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"
)

// TestUpgrade opens records of before there were incidents and exports: what was there stays,
// and they can be kept. Then it goes back, as a test of the migration alone.
func TestUpgrade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	db, err := openFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, dir)
	if err != nil {
		t.Fatal(err)
	}
	const before = 4
	if _, err := provider.UpTo(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), `INSERT INTO environments (id, property, name, type, ingest_key, created_at) VALUES ('shop', 1, 'shop', 'production', 'k', 0)`)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	clock := &fakeClock{t: noon}
	s := open(t, path, clock)
	e, known := s.EnvironmentByKey("k")
	if !known || len(s.AlertRules(e.ID)) != 0 || len(s.Channels(e.ID)) != 0 {
		t.Errorf("environment %+v, %v, with %d rules", e, known, len(s.AlertRules(e.ID)))
	}
	if _, known, err := s.EvaluatedTo(t.Context()); known || err != nil {
		t.Errorf("a position before any evaluation: %v, %v", known, err)
	}
	createChannel(t, s, e.ID, All)
	createRule(t, s, e.ID)
	openIncident(t, s, e.ID, "aaaaaa")
	if got := due(t, s, clock.now()); len(got) != 1 {
		t.Errorf("due: %v, want the opening", got)
	}

	if err := s.PutExportDay(t.Context(), issued(e.ID, "2026-05-03")); err != nil {
		t.Error(err)
	}

	if provider, err = goose.NewProvider(goose.DialectSQLite3, s.db, dir); err != nil {
		t.Fatal(err)
	}
	if _, err := provider.DownTo(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	var tables int
	if err := s.db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM sqlite_master WHERE name LIKE '%incident%' OR name LIKE '%notification%' OR name LIKE '%rule%' OR name LIKE '%export%' OR name LIKE '%secret%' OR name LIKE '%session%'`).Scan(&tables); err != nil || tables != 0 {
		t.Errorf("%d tables and indexes are left, %v", tables, err)
	}
}
