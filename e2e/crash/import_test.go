package crash

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/e2e/harness"
)

// TestImportIsFinished kills imports at random moments after they began to store. The same import
// then finishes what was broken off: each view of the file is there once, as the file
// has it, and the files of its days are issued again with all of them.
func TestImportIsFinished(t *testing.T) {
	dir := t.TempDir()
	const many, few = 20_000, 50
	file, begun := importedFile(t, many), importedFile(t, few)
	exports := filepath.Join(dir, "exports")
	harness.StartIn(t, dir, settings...).Stop(t) // makes the environment
	runImport(t, dir, begun)
	server := harness.StartIn(t, dir, settings...)
	published(t, server, exports, 1)
	server.Stop(t)
	if rows, _ := exportedRows(t, exports); rows != few {
		t.Fatalf("files of days have %d views, want %d", rows, few)
	}

	random := rand.New(rand.NewPCG(*seed, 12))
	midway, stored := 0, int64(few)
	for range 2 + *kills/5 {
		command := importCommand(t, dir, file, filepath.Join(t.TempDir(), "report"))
		before := written(dir)
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { _ = command.Wait(); close(ended) }()
		for end := time.Now().Add(time.Minute); written(dir) == before && time.Now().Before(end); {
			<-time.After(time.Millisecond)
		}
		<-time.After(time.Duration(random.Int64N(int64(2 * time.Second))))
		_ = command.Process.Kill()
		<-ended
		r := runImport(t, dir, file, "--dry-run")
		if r.Same+r.Imported != many || r.Rows != many || r.Same < stored {
			t.Fatalf("after a kill %+v, want %d views, and of them those %d that were there", r, many, stored)
		}
		if stored = r.Same; few < stored && stored < many {
			midway++
		}
	}
	if r := runImport(t, dir, file); r.Imported != many-stored || r.Same != stored {
		t.Errorf("%+v, want the rest of %d views imported", r, many)
	}
	t.Logf("%d kills were in the middle", midway)
	if midway == 0 {
		t.Error("no kill was in the middle of an import")
	}
	server = harness.StartIn(t, dir, settings...)
	published(t, server, exports, 2)
	server.Stop(t)
	rows, watched := exportedRows(t, exports)
	if want := int64(many) * (many - 1) / 2; rows != many || watched != want {
		t.Errorf("files of days have %d views with %d ms, want %d with %d", rows, watched, many, want)
	}
}

// importedFile makes a file of so many views, of two days that are over.
func importedFile(t *testing.T, views int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("view_id,view_start,view_end,watch_time\n")
	noon := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -2).Add(12 * time.Hour)
	for n := range views {
		end := noon.AddDate(0, 0, -n%2).Add(time.Duration(n) * time.Second / 4).Format(time.RFC3339)
		fmt.Fprintf(&b, "v%d,%s,%s,%d\n", n, end, end, n)
	}
	path := filepath.Join(t.TempDir(), "views.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// importReport is what the test reads of a report.
type importReport struct{ Rows, Imported, Same int64 }

func importCommand(t *testing.T, dir, file, report string, args ...string) *exec.Cmd {
	t.Helper()
	args = append([]string{"import", "--data-dir", dir, "--env-key", harness.EnvKey, "--report", report, "--free-space-floor", "0"}, args...)
	c := exec.CommandContext(t.Context(), harness.Binary(t), append(args, file)...)
	c.Env = harness.Environ()
	return c
}

// runImport imports a file to its end.
func runImport(t *testing.T, dir, file string, args ...string) (r importReport) {
	t.Helper()
	report := filepath.Join(t.TempDir(), "report")
	c := importCommand(t, dir, file, report, args...)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", c, err, out)
	}
	text, err := os.ReadFile(report)
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// written tells the sizes of what the views of a folder are in.
func written(dir string) (sizes string) {
	list, _ := filepath.Glob(filepath.Join(dir, "views*"))
	for _, path := range list {
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			sizes += fmt.Sprint(filepath.Base(path), info.Size(), " ")
		}
	}
	return sizes
}

// exportedRows are how many views the files of days in CSV have, each once, and how long they were watched.
func exportedRows(t *testing.T, exports string) (rows, watched int64) {
	t.Helper()
	ids := map[string]bool{}
	list, _ := filepath.Glob(filepath.Join(exports, "*", "*.csv.gz"))
	for _, path := range list {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(z).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		column := map[string]int{}
		for n, name := range lines[0] {
			column[name] = n
		}
		for _, line := range lines[1:] {
			ms, err := strconv.ParseInt(line[column["watch_time"]], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			ids[line[column["view_id"]]] = true
			rows, watched = rows+1, watched+ms
		}
	}
	if diff := cmp.Diff(rows, int64(len(ids))); diff != "" {
		t.Errorf("ids of views (-rows +ids):\n%s", diff)
	}
	return rows, watched
}
