package crash

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"playhead/e2e/harness"
)

// remedy is what the server says of a damaged file of views.
const remedy = "move it away, together with the file beside it that ends in .wal"

// TestViews damages the file of views of a stopped server, or the log of that
// of a killed one. The server refuses to start or answers from what is intact;
// it never answers anything wrong. When the file is moved away, as it proposes,
// everything that the journal holds is there again.
func TestViews(t *testing.T) {
	t.Parallel()
	killed := leave(t)
	stopped := *killed
	stopped.dir = killed.copyTo(t).dir
	harness.StartIn(t, stopped.dir, stopped.args...).Stop(t)

	const heads, block = 12 << 10, 256 << 10 // of DuckDB's format
	flip := func(from, step int) func(file []byte) []byte {
		return func(file []byte) []byte {
			for i := from; i < len(file); i += step {
				file[i] ^= 0x55
			}
			return file
		}
	}
	half := func(file []byte) []byte { return file[:len(file)/2] }
	none := func([]byte) []byte { return nil }
	for name, k := range map[string]struct {
		remains *remains
		file    string
		damage  func(file []byte) []byte
		refused bool // always; otherwise what is intact may be enough to start
		long    bool // in the long form alone
	}{
		"its first bytes":              {&stopped, "views.duckdb", flip(0, 1<<30), true, false},
		"its first head":               {&stopped, "views.duckdb", flip(100, 1<<30), true, true},
		"all heads":                    {&stopped, "views.duckdb", func(f []byte) []byte { return append(flip(0, 64)(f[:heads]), f[heads:]...) }, true, true},
		"its first block":              {&stopped, "views.duckdb", flip(heads+8, 1<<30), true, true},
		"all other blocks":             {&stopped, "views.duckdb", flip(heads+block+8, block), false, false},
		"its end":                      {&stopped, "views.duckdb", func(f []byte) []byte { return f[:len(f)-block] }, false, true},
		"its second half":              {&stopped, "views.duckdb", half, false, true},
		"all of it":                    {&stopped, "views.duckdb", none, true, true},
		"the middle of its log":        {killed, "views.duckdb.wal", func(f []byte) []byte { return flip(len(f)/2, 1<<30)(f) }, true, false},
		"the end of its log":           {killed, "views.duckdb.wal", func(f []byte) []byte { return flip(len(f)-20, 1)(f) }, false, true},
		"the half of its log":          {killed, "views.duckdb.wal", half, false, true},
		"the start of its log":         {killed, "views.duckdb.wal", flip(0, 1<<30), false, true},
		"all of its log":               {killed, "views.duckdb.wal", none, false, true},
		"that is gone, its log is not": {killed, "views.duckdb", nil, false, true},
	} {
		if k.long && !long() {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := k.remains.copyTo(t)
			path := filepath.Join(c.dir, "views.duckdb")
			if k.damage == nil {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			} else {
				edit(t, filepath.Join(c.dir, k.file), k.damage)
			}
			c.server = harness.Begin(t, harness.Data(c.dir, c.args...)...)
			err := c.server.Ready()
			switch {
			case err == nil && k.refused:
				t.Error("the server starts with it")
			case err == nil:
				c.answersFromIntact(path)
			case !strings.Contains(err.Error(), "exit status 1") || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), remedy):
				t.Errorf("%v; want exit status 1 and an error that names %s and the remedy", err, path)
			}
			c.server.Kill()
			for _, file := range []string{path, path + ".wal"} {
				if err := os.Rename(file, file+".damaged"); err != nil && !errors.Is(err, fs.ErrNotExist) {
					t.Fatal(err)
				}
			}
			c.start()
			k.remains.finish(c, 4)
			c.settle()
			c.server.Stop(t)
			c.complete()
		})
	}
}

// answersFromIntact asks for every view that was promised. What is not answered
// as it should be is answered with an error, and the server logs what to do.
func (c *campaign) answersFromIntact(path string) {
	c.Helper()
	failed := 0
	for id, e := range c.ledger.views {
		v, err := harness.FindView(c.server, id)
		switch want := e.(copied); {
		case err != nil && strings.Contains(err.Error(), "status 500"):
			failed++
		case err != nil:
			c.Error(err)
		case v["video_title"] != want.title || v["watch_time"] != want.watched:
			c.Errorf("title %v, watch time %v; want %q and %v", v["video_title"], v["watch_time"], want.title, want.watched)
		}
	}
	c.Logf("%d of %d views are not answered", failed, len(c.ledger.views))
	if log := c.server.Log(); failed > 0 && (!strings.Contains(log, path) || !strings.Contains(log, remedy)) {
		c.Errorf("the log names neither %s nor the remedy:\n%s", path, log)
	}
}
