package simulate

import (
	"context"
	"fmt"
	"time"
)

// tellHistory posts views of the past, as players do that were offline: their
// beacons are sent now, and tell of times long ago. Only players can do so that
// say when a beacon was sent: the times of others are taken for a wrong clock.
func (r *runner) tellHistory(ctx context.Context) error {
	now := r.cfg.World.Start
	for s := range r.cfg.World.views(now.Add(-r.cfg.Past), now, r.cfg.History) {
		s.cut(now.Sub(time.UnixMilli(s.start)))
		p := r.openAs(&generations[0], s)
		for t := p.first(); t != nil; t = p.first() {
			p.say(t)
		}
		if r.finish(ctx, p); !r.tell(p) {
			return fmt.Errorf("view %s of the past was not acknowledged", s.viewID)
		}
	}
	return nil
}
