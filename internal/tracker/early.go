package tracker

import (
	"context"
	"time"
)

// endEarly keeps the number of open views within its limit: whenever the fold
// says that it is time to look, it looks, and appends to the journal which views
// have to end. They end when the fold comes to that record.
//
// The limit is a soft one. Until that record is read, views go on beginning: as
// many as begin during one group commit, and while the tracker is behind the end
// of the journal, as many as begin on the way there, less what earlier records
// of this kind end; those follow each other at a sixteenth of the limit.
func (t *Tracker) endEarly(ctx context.Context) {
	const logEvery, retryAfter = 10 * time.Second, 20 * time.Millisecond
	var logged time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.crowded:
		}
		for list, open := t.tooMany(); list != nil; list, open = t.tooMany() {
			err := t.cfg.Log.Append(ctx, control{End: list}.record(t.now.Load()))
			if err == nil {
				if now := t.cfg.Clock(); now.Sub(logged) >= logEvery {
					logged = now
					t.cfg.Logger.Warn("too many views are open: those that were heard of the longest ago end early",
						"open", open, "limit", t.cfg.MaxOpenViews, "environments", environments(list))
				}
				break
			}
			t.cfg.Logger.Debug("ending views early refused", "err", err) // the journal has counted it
			select {
			case <-time.After(retryAfter):
			case <-ctx.Done():
				return
			}
		}
	}
}

// tooMany returns which views have to end early, and how many are open.
func (t *Tracker) tooMany() ([]ending, int) {
	_, next := t.cfg.Log.Bounds()
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.fold.open.look(t.fold.read, next), t.fold.Open()
}

func environments(list []ending) []string {
	all := make([]string, len(list))
	for i, e := range list {
		all[i] = e.Environment
	}
	return all
}
