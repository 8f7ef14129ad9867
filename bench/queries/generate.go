package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the driver called "duckdb"
	"github.com/klauspost/compress/zstd"

	"playhead/internal/catalog"
	"playhead/internal/sqlgen"
	"playhead/internal/store/duckdb"
	"playhead/internal/view"
)

// The views of the file end in the 90 days before now, by day more than by
// night. The last of them have timelines, as if those were kept for a few days.
const (
	days          = 90
	day           = 24 * time.Hour
	timelineShare = 100 // one in so many views has a timeline
)

// now is the time at which all requests are asked.
var now = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

// generate makes a file of n views, unless there is one with as many already.
// It writes with SQL of its own, as 10 million views by way of
// [duckdb.Store.Commit] would take hours.
func generate(ctx context.Context, path, environment string, n int) error {
	if err := prepare(ctx, path); err != nil {
		return err
	}
	db, err := sql.Open("duckdb", path+"?storage_compatibility_version=latest&checkpoint_threshold=1GB")
	if err != nil {
		return err
	}
	defer db.Close()
	var have int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM views WHERE environment_id = ?", environment).Scan(&have); err != nil {
		return err
	}
	switch have {
	case n:
		return nil
	case 0:
	default:
		return fmt.Errorf("%s has %d views of the environment, not %d: delete it, or choose another folder", path, have, n)
	}
	const batch = 500_000
	for from := 0; from < n; from += batch {
		to := min(from+batch, n)
		if _, err := db.ExecContext(ctx, insertion(environment, from, to, n)); err != nil {
			return fmt.Errorf("generate views: %w", err)
		}
		fmt.Fprintf(os.Stderr, "\r%d of %d views made", to, n)
	}
	fmt.Fprintln(os.Stderr)
	if err := addTimelines(ctx, db, environment, n/timelineShare); err != nil {
		return fmt.Errorf("generate timelines: %w", err)
	}
	_, err = db.ExecContext(ctx, "CHECKPOINT")
	return errors.Join(err, db.Close())
}

// prepare has the store make the tables.
func prepare(ctx context.Context, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	s, err := duckdb.Open(ctx, duckdb.Config{Path: path})
	if err != nil {
		return err
	}
	return s.Close()
}

// insertion is the statement that makes the views from (inclusive) to to.
func insertion(environment string, from, to, n int) string {
	var uniform []string
	for k := 1; k <= 12; k++ {
		uniform = append(uniform, fmt.Sprintf("hash(i * 16 + %d) / 18446744073709551616.0 AS u%d", k, k))
	}
	// A wave of a day, which is steep enough to be seen and never goes back.
	source := fmt.Sprintf(`SELECT *, %d + (i * %d.0 / %d + 11000000 * sin(i * %d * 2 * pi() / %d))::BIGINT AS ended FROM range(%d, %d) r(i)`,
		now.Add(-days*day).UnixMilli(), days*day.Milliseconds(), n, days, n, from, to)
	source = "SELECT *, " + strings.Join(uniform, ", ") + " FROM (" + source + ")"
	for _, step := range traits {
		source = "SELECT *, " + strings.Join(step, ", ") + " FROM (" + source + ")"
	}
	names, values := []string{"id"}, []string{
		"(format('{:012x}', ended - watch) || '7' || format('{:03x}', hash(i, 14) % 4096) || 'a' || format('{:015x}', hash(i, 15) % 1152921504606846976))::UUID AS id",
	}
	for _, c := range columns {
		value := strings.ReplaceAll(c.value, "$environment", "'"+environment+"'")
		kind := map[catalog.Kind]string{catalog.Text: "VARCHAR", catalog.List: "VARCHAR", catalog.Bool: "BOOLEAN", catalog.Float: "DOUBLE"}[catalog.MustColumn(c.name).Kind]
		if kind == "" {
			kind = "BIGINT"
		}
		names, values = append(names, c.name), append(values, fmt.Sprintf("CAST(%s AS %s) AS %s", value, kind, c.name))
	}
	buckets := "*"
	for _, c := range columns {
		if column := catalog.MustColumn(c.name); column.Buckets() != nil {
			names = append(names, sqlgen.BucketColumn(column))
			buckets += ", " + sqlgen.BucketOf(column)
		}
	}
	return fmt.Sprintf("INSERT INTO views (%s) SELECT %s FROM (SELECT %s FROM (%s))",
		strings.Join(names, ", "), buckets, strings.Join(values, ", "), source)
}

// addTimelines adds the timelines of the last n views: different ones of about
// the usual size, each for many views.
func addTimelines(ctx context.Context, db *sql.DB, environment string, n int) error {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return err
	}
	const kinds = 64
	if _, err := db.ExecContext(ctx, "CREATE TEMP TABLE docs (kind INTEGER, doc BLOB)"); err != nil {
		return err
	}
	for kind := range kinds {
		doc, err := view.EncodeDocument(timeline(environment, kind))
		if err != nil {
			return err
		}
		if _, err := db.ExecContext(ctx, "INSERT INTO docs VALUES (?, ?)", kind, encoder.EncodeAll(doc, nil)); err != nil {
			return err
		}
	}
	_, err = db.ExecContext(ctx, fmt.Sprintf(`INSERT INTO timelines
		SELECT id, doc FROM (SELECT id FROM views ORDER BY id DESC LIMIT %d), docs WHERE kind = hash(id) %% %d ORDER BY id`, n, kinds))
	return err
}

// timeline is a view with 67 events, as many as the mean.
func timeline(environment string, kind int) *view.View {
	at := now.Add(-time.Hour).UnixMilli()
	v := view.New(view.NewID(at, environment, fmt.Sprint(kind)))
	v.SetText(catalog.MustColumn("environment_id"), environment)
	for _, c := range columns {
		column := catalog.MustColumn(c.name)
		switch {
		case column.Name == "environment_id" || column.Kind == catalog.List:
		case column.IsText():
			v.SetText(column, fmt.Sprintf("%s %x", c.name, kind*7919))
		default:
			v.SetNumber(column, float64(kind%2))
		}
	}
	v.SetNumber(catalog.MustColumn("view_start"), float64(at))
	v.SetNumber(catalog.MustColumn("view_end"), float64(at))
	for i := range 67 {
		v.Events = append(v.Events, view.TimelineEvent{
			Seq: int64(i), Name: []string{"requestcompleted", "hb", "rebufferstart", "renditionchange"}[(i*i+kind)%4],
			ViewerTime: at + int64(i*7001+kind), PlaybackTime: int64(i * 6999), EventTime: at + int64(i*7013),
			Details: map[string]any{
				"request_hostname": "cdn.example.com", "request_start": at + int64(i*i*31+kind), "request_bytes_loaded": i*kind*977 + 65536,
				"request_url": fmt.Sprintf("https://cdn.example.com/%x/segment-%d.m4s", kind*104729, i),
			},
		})
	}
	return v
}
