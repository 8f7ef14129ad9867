package app

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/meta"
	"playhead/internal/view"
)

// inFolder does something with a folder that no server uses.
func inFolder(t *testing.T, cfg Config, envKey string, do func(w *stopped)) {
	t.Helper()
	a, err := New(cfg, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	w := &stopped{App: a, envKey: envKey}
	if err := w.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	do(w)
	if err := a.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// TestImportIssuesAgain: the days in which views come or change are issued again, also the one
// that a view leaves, and no others: not by a dry run, and not by what is there already. What is
// staged of files goes, since it is of the views of before.
func TestImportIssuesAgain(t *testing.T) {
	cfg := pastConfig(t)
	midnight := time.Now().UTC().Truncate(24 * time.Hour)
	day := func(ago int) string { return midnight.AddDate(0, 0, -ago).Format(time.DateOnly) }
	staged := filepath.Join(cfg.DataDir, exportsStaging, "file")
	issue := func() {
		t.Helper()
		inFolder(t, cfg, "key", func(w *stopped) {
			for ago := 1; ago <= 4; ago++ {
				if err := w.records.PutExportDay(t.Context(), meta.ExportDay{EnvironmentID: w.environment.ID, Day: day(ago), Issue: 1, Views: 7}); err != nil {
					t.Fatal(err)
				}
			}
		})
		if err := os.MkdirAll(filepath.Dir(staged), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(staged, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	row := func(id string, end time.Time) string {
		return id + ",2020-01-01T00:00:00Z," + end.Format(time.RFC3339) + "\n"
	}
	const head = "view_id,view_start,view_end\n"
	first := head + row("late", midnight.Add(-time.Second)) + row("early", midnight.AddDate(0, 0, -2))
	moved := head + row("late", midnight.AddDate(0, 0, -2).Add(-time.Second))
	for _, step := range []struct {
		name, file string
		dry        bool
		again      []string
	}{
		{"a dry run", first, true, nil},
		{"the first import", first, false, []string{day(1), day(2)}},
		{"the same again", first, false, nil},
		{"a view that moves", moved, false, []string{day(1), day(3)}},
	} {
		issue()
		importText(t, cfg, Import{DryRun: step.dry}, step.file)
		var again []string
		inFolder(t, cfg, "key", func(w *stopped) {
			days, err := w.records.ExportDaysOf(t.Context(), w.environment.ID)
			if err != nil {
				t.Fatal(err)
			}
			for i := range days {
				if days[i].Forgotten() {
					again = append(again, days[i].Day)
				}
			}
		})
		if diff := cmp.Diff(step.again, again); diff != "" {
			t.Errorf("%s: days that are issued again (-want +got):\n%s", step.name, diff)
		}
		if _, err := os.Stat(staged); (err != nil) != (step.again != nil) {
			t.Errorf("%s: what was staged: %v", step.name, err)
		}
	}
}

// TestImportOfAnother: a file cannot take a view from another environment by saying
// that it is one of this one.
func TestImportOfAnother(t *testing.T) {
	cfg := pastConfig(t)
	var here, other meta.Environment
	inFolder(t, cfg, "key", func(w *stopped) {
		var err error
		here = w.environment
		if other, err = w.records.CreateEnvironment(t.Context(), meta.NewEnvironment{Name: "other"}); err != nil {
			t.Fatal(err)
		}
	})
	at := time.Now().UTC().Add(-time.Hour).Truncate(time.Second)
	file := func(environment, id string) string {
		return writtenTo(t, "view_id,environment_id,view_start,view_end\n"+id+","+environment+","+at.Format(time.RFC3339)+","+at.Format(time.RFC3339)+"\n")
	}
	if _, err := RunImport(t.Context(), cfg, io.Discard, Import{EnvKey: other.IngestKey, Files: []string{file("", "theirs")}}); err != nil {
		t.Fatal(err)
	}
	id := view.NewID(at.UnixMilli(), other.ID, "theirs")
	r, err := RunImport(t.Context(), cfg, io.Discard, Import{EnvKey: "key", Files: []string{file(here.ID, id.String()), file(other.ID, id.String())}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Imported != 1 || r.Rejected[Foreign] != 1 || len(r.Problems) != 1 || r.Problems[0].Line != 2 || !strings.Contains(r.Problems[0].Value, id.String()) {
		t.Errorf("%+v, want the first one rejected, and the second one imported with an id of its own", r)
	}
	inFolder(t, cfg, "key", func(w *stopped) {
		copied := view.NewID(at.UnixMilli(), here.ID, id.String())
		stored, err := w.views.Stored(t.Context(), []view.ID{id, copied})
		if err != nil {
			t.Fatal(err)
		}
		got := map[view.ID]string{}
		for id, s := range stored {
			got[id] = s.Row.Text(columnEnvironment)
		}
		if diff := cmp.Diff(map[view.ID]string{id: other.ID, copied: here.ID}, got); diff != "" {
			t.Errorf("environments of the views (-want +got):\n%s", diff)
		}
	})
}
