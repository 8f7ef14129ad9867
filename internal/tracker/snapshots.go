package tracker

import (
	"cmp"
	"context"
	"slices"

	"playhead/internal/journal"
	"playhead/internal/view"
)

// mostSnapshots is how many partitions are written down with one commit at most:
// of 100,000 open views, one takes about 40 ms, for which the fold stands still.
const mostSnapshots = 8

// snapshots says when the open views of which partition are written down: each
// in its turn, so that views do not wait for long while it is done, and never
// too many records after the last one, of which a start reads about as many
// times the number of partitions. A quiet server has no need of them.
type snapshots struct {
	every int64 // records from one to the next; 0: none are taken
	most  int   // partitions with one commit
	next  int   // partition
	read  int64 // as of the last one
}

// take returns those that are due with a commit of all that the fold has.
func (s *snapshots) take(f *Fold) (list []view.Snapshot) {
	for i := range min(s.due(f), s.most) {
		list = append(list, f.Snapshot(uint16((s.next+i)%journal.Partitions)))
	}
	return list
}

// due is how many partitions should be written down by now.
func (s *snapshots) due(f *Fold) int {
	if s.every == 0 {
		return 0
	}
	return int((f.read - s.read) / s.every)
}

// stored notes that a batch is in the store.
func (s *snapshots) stored(b view.Batch) {
	if n := len(b.Snapshots); n > 0 {
		s.next, s.read = (s.next+n)%journal.Partitions, b.Progress.Read
	}
}

// recall has the fold begin with the store's snapshots, and returns the first
// record that it needs then. Without any that are of use it is the first one of
// all open views.
func (t *Tracker) recall(ctx context.Context, p view.Progress, oldest int64) (from int64) {
	list, err := t.cfg.Snapshots(ctx)
	if err != nil {
		t.cfg.Logger.Warn("snapshots of open views cannot be read: the journal is read from further back", "err", err)
	}
	if len(list) > 0 {
		last := slices.MinFunc(list, func(a, b view.Snapshot) int { return cmp.Compare(a.Read, b.Read) })
		t.snapshots.next, t.snapshots.read = int(last.Partition), p.Read
	}
	from, err = t.fold.Recall(list, p, oldest)
	if err != nil {
		t.cfg.Logger.Warn("snapshots of open views are of no use: the journal is read from further back", "err", err)
	}
	if n := t.fold.recalling(); n > 0 {
		t.cfg.Logger.Info("open views are recalled from snapshots", "views", n, "from", from, "without", max(p.Resume, oldest))
	}
	return from
}
