package segment

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCopy copies the files of a log from some offset on while records go on to
// be appended and deleted. A log that is opened on the copies has the records of
// the moment at which the files were listed.
func TestCopy(t *testing.T) {
	l := row(t, t.TempDir(), 11) // segments begin with offsets 0, 3, 6, 9
	defer stop(t, l)
	release := l.Hold(4)
	files := l.Files(4)
	mustAppend(t, l, record(0, 2000, "late"))
	if deleted, _, err := l.Trim(Retention{Needed: 11, OlderThan: math.MaxInt64}); deleted != 1 || err != nil {
		t.Fatalf("deleted %d segments, %v, want those before offset 3", deleted, err)
	}
	dir := t.TempDir()
	for _, f := range files {
		copyPart(t, f, filepath.Join(dir, filepath.Base(f.Path)))
	}
	release()
	if deleted, _, err := l.Trim(Retention{Needed: 11, OlderThan: math.MaxInt64}); deleted != 2 || err != nil {
		t.Errorf("deleted %d segments after the release, %v, want 2", deleted, err)
	}

	again := start(t, config(dir, newFaultDisk()))
	defer stop(t, again)
	mustAppend(t, again, record(0, 3000, "on"))
	want := []string{"0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "on"}
	if d := cmp.Diff(want, words(read(t, again, 3))); d != "" {
		t.Errorf("records of the copy (-want +got):\n%s", d)
	}
}

// TestFilesOfAnEmptyLog: there are none, and there is one when all is consumed,
// which holds the place of the log.
func TestFilesOfAnEmptyLog(t *testing.T) {
	l := start(t, config(t.TempDir(), newFaultDisk()))
	defer stop(t, l)
	if got := l.Files(0); len(got) != 0 {
		t.Errorf("files of an empty log: %v", got)
	}
	mustAppend(t, l, record(0, 0, "x"))
	if got := l.Files(1); len(got) != 1 {
		t.Errorf("files from the end on: %v, want the last one", got)
	}
}

func copyPart(t *testing.T, f File, to string) {
	t.Helper()
	from, err := os.Open(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	data := make([]byte, f.Size)
	if _, err := io.ReadFull(from, data); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
