package segment

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"playhead/internal/journal"
)

// active is the segment being written to.
type active struct {
	file    file
	segment *segment
	salt    uint32
	size    int64 // bytes that are written and synced; the next frame goes there
}

// run is the committer: one batch after the other until the log is stopped.
func (l *Log) run() {
	defer close(l.done)
	for b := l.take(); b != nil; b = l.take() {
		l.finish(b, l.commit(b))
	}
	l.closeFiles()
	l.mu.Lock()
	l.stopped = true
	l.wake()
	l.mu.Unlock()
}

// commit makes one batch durable.
func (l *Log) commit(b *batch) error {
	buf, head := encodeFrame(l.frame, b.raw, b.count, l.next, b.first)
	l.frame = buf
	if int64(cap(buf)) > 4*l.cfg.BatchBytes {
		l.frame = nil // do not keep the room of a giant
	}
	if err := l.makeRoom(head.bytes()); err != nil {
		return l.failed("create", err)
	}
	a := l.active
	head.put(buf, a.salt)
	if _, err := a.file.WriteAt(buf, a.size); err != nil {
		if left := l.undo(); left != nil {
			return l.unknown("write", a, errors.Join(err, left))
		}
		return l.failed("write", err)
	}
	start := l.cfg.Clock()
	if err := a.file.Sync(); err != nil {
		l.abandon()
		// Beginning the next segment now says durably that the failed batch is
		// not part of the log. If that fails too, the next batch tries again.
		_ = l.makeRoom(0)
		return l.unknown("sync", a, err)
	}
	l.metrics.fsync.Observe(l.cfg.Clock().Sub(start).Seconds())
	l.publish(head, b.last)
	return nil
}

// publish shows a durable frame to readers.
func (l *Log) publish(h frameHead, lastTime int64) {
	l.active.size += h.bytes()
	l.metrics.batches.Inc()
	l.metrics.records.Add(float64(h.count))
	l.metrics.bytes.Add(float64(h.bytes()))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next, l.lastTime = h.end(), lastTime
	s := l.active.segment
	s.end, s.size = l.next, l.active.size
	l.wake()
}

// wake wakes the readers that wait. The caller holds mu.
func (l *Log) wake() {
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
}

// failed counts an error that left nothing of the batch in the log, and says
// in the terms of the contract what the callers should make of it.
func (l *Log) failed(step string, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		l.metrics.failed.WithLabelValues("no_space").Inc()
		return fmt.Errorf("%w: %w", journal.ErrFull, err)
	}
	l.metrics.failed.WithLabelValues(step).Inc()
	return fmt.Errorf("%w: %w", journal.ErrUnavailable, err)
}

// unknown counts an error after which a crash may bring the batch back, whole
// as it is in the file.
func (l *Log) unknown(step string, a *active, err error) error {
	l.metrics.failed.WithLabelValues(step).Inc()
	return fmt.Errorf("%w: %s %s: %w", journal.ErrUnavailable, step, a.segment.path, err)
}

// undo takes back a write that failed half way, so that the next frame follows
// the last good one. A file for which that fails is not written to again.
func (l *Log) undo() error {
	err := l.active.file.Truncate(l.active.size)
	if err == nil {
		err = l.active.file.Sync()
	}
	if err != nil {
		l.abandon()
	}
	return err
}

// abandon gives up the active file after a failed sync. Cutting the rest off is
// an attempt: readers do not go there, whether it works or not.
func (l *Log) abandon() {
	_ = l.active.file.Truncate(l.active.size)
	_ = l.active.file.Close()
	l.active = nil
}

// makeRoom sees to it that there is an active segment which can take another
// frame of size bytes.
func (l *Log) makeRoom(size int64) error {
	if a := l.active; a != nil {
		if a.size == segmentHeadBytes || a.size+size <= l.cfg.SegmentBytes {
			return nil
		}
		// Synced after each frame: nothing can be lost by closing. The file is
		// not written to again even if create fails, as it may fail after the
		// new name has reached the disk, and this segment ends at that name.
		_ = a.file.Close()
		l.active = nil
	}
	next, err := l.create()
	if err != nil {
		return err
	}
	l.active = next
	l.mu.Lock()
	defer l.mu.Unlock()
	// An abandoned segment without any durable record had the same name, and
	// has just been replaced on disk.
	if n := len(l.segments); n > 0 && l.segments[n-1].first == next.segment.first {
		l.segments = l.segments[:n-1]
	}
	l.segments = append(l.segments, next.segment)
	return nil
}

// create makes the file of the next segment. Its header and its name are
// durable when it returns. Only the committer changes next and lastTime, so it
// reads them without the lock.
func (l *Log) create() (*active, error) {
	var salt [4]byte
	rand.Read(salt[:]) // never fails
	head := segmentHead{first: l.next, time: l.lastTime, salt: binary.LittleEndian.Uint32(salt[:])}
	path, temp := segmentPath(l.cfg.Dir, head.first), filepath.Join(l.cfg.Dir, newName)
	f, err := l.cfg.disk.open(temp, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return nil, fmt.Errorf("create journal segment %s: %w", path, err)
	}
	if err := l.settle(f, head, temp, path); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("create journal segment %s: %w", path, err)
	}
	s := &segment{first: head.first, path: path, end: head.first, size: segmentHeadBytes}
	return &active{file: f, segment: s, salt: head.salt, size: segmentHeadBytes}, nil
}

// settle writes the header of a new file and gives the file its name.
func (l *Log) settle(f file, head segmentHead, temp, path string) error {
	if _, err := f.WriteAt(head.append(nil), 0); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := l.cfg.disk.rename(temp, path); err != nil {
		return err
	}
	return l.cfg.disk.syncDir(l.cfg.Dir)
}
