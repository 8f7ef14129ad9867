package segment

import (
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// faultDisk is a real directory with faults on demand. It keeps account of what
// a power loss would leave, instead of syncing.
type faultDisk struct {
	mu      sync.Mutex
	fail    map[string]error // by operation: open, write, truncate, sync, rename, syncDir
	partial int              // bytes that a failing write still writes
	syncs   int              // successful syncs of files
	free    int64            // free space
	frees   int              // how often free space was looked at
	gate    chan struct{}    // if not nil, each sync takes from it first
	durable map[string]int64 // by name: bytes that a power loss leaves
	pending map[string]bool  // names that a power loss may take
}

func newFaultDisk() *faultDisk {
	return &faultDisk{
		fail: map[string]error{}, free: math.MaxInt64,
		durable: map[string]int64{}, pending: map[string]bool{},
	}
}

// set makes operations fail with err, or work again if err is nil.
func (d *faultDisk) set(err error, ops ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, op := range ops {
		d.fail[op] = err
	}
}

func (d *faultDisk) failing(op string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.fail[op]
}

func (d *faultDisk) disk() *disk {
	return &disk{
		open: func(path string, flag int) (file, error) {
			if err := d.failing("open"); err != nil {
				return nil, err
			}
			f, err := os.OpenFile(path, flag, 0o644)
			return &faultFile{File: f, disk: d, name: filepath.Base(path)}, err
		},
		rename: func(from, to string) error {
			if err := d.failing("rename"); err != nil {
				return err
			}
			d.mu.Lock()
			defer d.mu.Unlock()
			d.durable[filepath.Base(to)] = d.durable[filepath.Base(from)]
			d.pending[filepath.Base(to)] = true
			return os.Rename(from, to)
		},
		syncDir: func(string) error {
			if err := d.failing("syncDir"); err != nil {
				return err
			}
			d.mu.Lock()
			defer d.mu.Unlock()
			clear(d.pending)
			return nil
		},
		free: func(string) (int64, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.frees++
			return d.free, nil
		},
	}
}

// faultFile is a file of a faultDisk.
type faultFile struct {
	*os.File
	disk *faultDisk
	name string // at creation
}

// label is the file's name on disk: a segment is written under another name first.
func (f *faultFile) label() string {
	if f.name != newName {
		return f.name
	}
	var head [segmentHeadBytes]byte
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return f.name
	}
	h, err := parseSegmentHead(head[:])
	if err != nil {
		return f.name
	}
	return filepath.Base(segmentPath("", h.first))
}

func (f *faultFile) WriteAt(p []byte, at int64) (int, error) {
	if err := f.disk.failing("write"); err != nil {
		n, _ := f.File.WriteAt(p[:min(len(p), f.disk.partial)], at)
		return n, err
	}
	return f.File.WriteAt(p, at)
}

func (f *faultFile) Truncate(size int64) error {
	if err := f.disk.failing("truncate"); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

func (f *faultFile) Sync() error {
	if f.disk.gate != nil {
		<-f.disk.gate
	}
	if err := f.disk.failing("sync"); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	f.disk.syncs++
	f.disk.durable[newName] = info.Size()
	f.disk.durable[f.label()] = info.Size()
	return nil
}

// powerLoss leaves of a directory what was synced, and of the rest what chance
// leaves: names may vanish, and what lies behind the synced bytes is cut
// anywhere or becomes zeros.
func (d *faultDisk) powerLoss(t *rapid.T, dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		path, name := filepath.Join(dir, e.Name()), e.Name()
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		durable, size := d.durable[name], info.Size()
		switch {
		case d.pending[name] && rapid.Bool().Draw(t, "name lost"):
			err = os.Remove(path)
		case size > durable:
			err = os.Truncate(path, rapid.Int64Range(durable, size).Draw(t, "left of "+name))
			if err == nil && rapid.Bool().Draw(t, "zeros") {
				err = os.Truncate(path, durable)
				if err == nil {
					err = os.Truncate(path, size)
				}
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	clear(d.pending)
}

// crash ends a log as a killed process would: nothing more is written, and the
// lock is free again. No append may be under way.
func crash(l *Log) { l.closeFiles() }

// tempDir is a directory for one run of a property.
func tempDir(t *rapid.T, parent *testing.T) string {
	dir, err := os.MkdirTemp(parent.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
