package tracker

import (
	"context"
	"time"
)

// endEarly keeps the number of open views within its limit: it looks whenever the
// fold says that many have begun, and ten times a second, as the journal grows
// even while a commit keeps the fold waiting. Which views have to end it appends
// to the journal. They end when the fold comes to that record.
//
// The limit is a soft one. Until that record is read, views go on beginning: a
// sixteenth of the limit, and as many as begin in a tenth of a second and one
// group commit of the journal.
func (t *Tracker) endEarly(ctx context.Context) {
	const logEvery, retryAfter = 10 * time.Second, 20 * time.Millisecond
	if t.cfg.MaxOpenViews == 0 {
		return
	}
	var logged time.Time
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.crowded:
		case <-ticker.C:
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
			t.mu.Lock()
			t.fold.open.crowd.proposed = 0
			t.mu.Unlock()
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
