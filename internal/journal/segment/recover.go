package segment

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// newName is the name of a segment file until its header is durable. The file
// is then renamed, so that a file with the name of a segment has a whole header.
const newName = "new.tmp"

const (
	suffix     = ".seg"
	nameDigits = 20
)

// segmentPath returns the path of the segment that begins with an offset.
func segmentPath(dir string, first int64) string {
	return filepath.Join(dir, fmt.Sprintf("%0*d%s", nameDigits, first, suffix))
}

// recover lists the segments, and makes the last one ready to be written to.
func (l *Log) recover() error {
	segments, err := listSegments(l.cfg.Dir)
	if err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(l.cfg.Dir, newName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove unfinished segment: %w", err)
	}
	// The name of the last segment may not be durable yet, if the process died
	// right after creating it.
	if err := l.cfg.disk.syncDir(l.cfg.Dir); err != nil {
		return fmt.Errorf("sync journal directory: %w", err)
	}
	if len(segments) == 0 {
		l.next = l.cfg.First
		return nil // the first batch creates the first segment
	}
	l.segments = segments
	return l.recoverLast(segments[len(segments)-1])
}

// listSegments returns the segments of a directory, oldest first. Files with
// other names are left alone.
func listSegments(dir string) ([]*segment, error) {
	entries, err := os.ReadDir(dir) // sorted by name, so by offset
	if err != nil {
		return nil, fmt.Errorf("list journal segments: %w", err)
	}
	var list []*segment
	for _, e := range entries {
		digits, ok := strings.CutSuffix(e.Name(), suffix)
		first, err := strconv.ParseInt(digits, 10, 64)
		if !ok || len(digits) != nameDigits || err != nil || first < 0 {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, fmt.Errorf("list journal segments: %w", err)
		}
		if n := len(list); n > 0 {
			list[n-1].end = first
		}
		list = append(list, &segment{first: first, path: filepath.Join(dir, e.Name()), size: info.Size()})
	}
	return list, nil
}

// recoverLast scans the last segment, cuts a torn end off, and syncs: what
// readers are going to see must not vanish in a power loss after them.
func (l *Log) recoverLast(s *segment) error {
	src, err := openSource(s)
	if c := (*CorruptError)(nil); errors.As(err, &c) {
		c.Remedy = "restore the file from a copy, or move it away to give up its records"
	}
	if err != nil {
		return err
	}
	defer src.close()
	found, err := scan(src)
	if err != nil {
		return err
	}
	f, err := l.cfg.disk.open(s.path, os.O_RDWR)
	if err != nil {
		return fmt.Errorf("open last journal segment: %w", err)
	}
	l.active = &active{file: f, segment: s, salt: src.head.salt, size: found.size}
	if cut := s.size - found.size; cut > 0 {
		if err := f.Truncate(found.size); err != nil {
			return fmt.Errorf("cut torn end of %s at byte %d: %w", s.path, found.size, err)
		}
		l.cut = cut
		l.metrics.cutBytes.Add(float64(cut))
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("sync recovered segment %s: %w", s.path, err)
	}
	s.end, s.size = found.end, found.size
	l.next, l.lastTime = found.end, found.time
	return nil
}

// extent is how far the records of a segment go.
type extent struct {
	end  int64 // offset after the last record
	size int64 // bytes up to there
	time int64 // time of the last record, or of the one before the segment
}

// scan checks every frame of the last segment and returns where the good ones
// end, or a *CorruptError if they go on after a damaged one.
func scan(src *source) (extent, error) {
	x := extent{end: src.head.first, size: src.pos, time: src.head.time}
	var last *frameHead
	var damage *CorruptError
	for damage == nil {
		h, err := src.peek()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && h.first != x.end {
			c := src.corrupt(fmt.Sprintf("frame begins with offset %d where %d was expected", h.first, x.end))
			return x, refuse(c)
		}
		if err == nil {
			_, err = src.payload(h)
		}
		switch {
		case errors.As(err, &damage):
		case err != nil:
			return x, err
		default:
			last = &h
			src.skip(h)
			x.end, x.size = h.end(), src.pos
		}
	}
	if damage != nil {
		at, err := src.findFrame(damage.At + 1)
		if err == nil {
			damage.Reason += fmt.Sprintf(", yet a valid frame follows at byte %d, so this is no torn end of a crash", at)
			return x, refuse(damage)
		}
		if !errors.Is(err, io.EOF) {
			return x, err
		}
	}
	if last == nil {
		return x, nil
	}
	var err error
	x.time, err = lastTime(src, *last, x.size-last.bytes())
	return x, err
}

// lastTime returns the time of the last record of the frame at byte at.
func lastTime(src *source, h frameHead, at int64) (int64, error) {
	src.pos = at
	payload, err := src.payload(h)
	if err != nil {
		return 0, err
	}
	var f frame
	if err := f.open(h, payload); err != nil {
		return 0, refuse(src.corrupt(err.Error()))
	}
	for f.more() {
		f.record()
	}
	return f.time, nil
}

// refuse says what to do about damage that Open does not repair by itself,
// because acknowledged records would be lost.
func refuse(c *CorruptError) error {
	c.Remedy = fmt.Sprintf("restore the file from a copy, or give up everything from there on with: truncate --size=%d %s", c.At, c.Path)
	return c
}
