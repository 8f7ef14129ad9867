package simulate

import (
	"container/heap"
	"context"
	"iter"
	"sync"
	"time"
)

// A crowd plays viewers in real time. Their senders are in a heap, by when the
// next thing happens to each; a few workers do what is due. So a viewer costs
// only what its sender remembers, and there may be a hundred thousand.
type crowd struct {
	*runner
	hard    context.Context // when it ends, nobody waits for acknowledgements any more
	senders senders
	ready   chan *sender // what is due, for the workers
	back    chan *sender // what the workers are through with
}

// workers is how many requests are under way at most.
const workers = 512

// play has viewers come until ctx ends. Those who still watch then leave.
func (c *crowd) play(ctx context.Context, arrivals iter.Seq[*script]) {
	n := min(workers, c.cfg.Viewers)
	c.ready, c.back = make(chan *sender, n), make(chan *sender, n)
	var working sync.WaitGroup
	for range n {
		working.Go(func() {
			for p := range c.ready {
				c.work(ctx, p)
				c.back <- p
			}
		})
	}
	c.schedule(ctx, arrivals)
	close(c.ready)
	working.Wait()
}

// schedule makes senders when viewers come, and hands out those for which
// something is due. When ctx has ended all of them are, to be closed.
func (c *crowd) schedule(ctx context.Context, arrivals iter.Seq[*script]) {
	next, stop := iter.Pull(arrivals)
	defer stop()
	coming, more := next()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	done := ctx.Done()
	for out := 0; more || len(c.senders) > 0 || out > 0; {
		now := c.cfg.Clock().UnixMilli()
		if ctx.Err() != nil {
			more, done = false, nil
		}
		if more && coming.start <= now {
			c.senders.add(c.openPage(coming))
			coming, more = next()
			continue
		}
		var ready chan *sender
		var first *sender
		wait := int64(noTime)
		if more {
			wait = coming.start - now
		}
		if len(c.senders) > 0 {
			if first = c.senders[0]; first.due <= now || ctx.Err() != nil {
				ready = c.ready // the workers may all be busy: waiting for a time would not wait
			} else {
				wait = min(wait, first.due-now)
			}
		}
		timer.Reset(time.Duration(min(wait, 1000)) * time.Millisecond)
		select {
		case ready <- first:
			heap.Pop(&c.senders)
			out++
		case p := <-c.back:
			out--
			if p.due != noTime {
				heap.Push(&c.senders, p)
			}
		case <-timer.C:
		case <-done:
		}
	}
}

// work does what is due for a viewer.
func (c *crowd) work(ctx context.Context, p *sender) {
	if ctx.Err() != nil {
		p.leave(c.cfg.Clock().UnixMilli())
		c.finish(c.hard, p)
		p.due = noTime
	} else {
		if p.step(p.due) {
			c.send(ctx, p)
		}
		p.due = p.next()
	}
	if p.due == noTime {
		c.tell(p)
		return
	}
	p.rest()
}

// senders is a heap by when the next thing happens.
type senders []*sender

func (p *senders) add(one *sender) {
	one.due = one.next()
	heap.Push(p, one)
}

// Len, Less, Swap, Push and Pop implement heap.Interface.
func (p senders) Len() int           { return len(p) }
func (p senders) Less(i, j int) bool { return p[i].due < p[j].due }
func (p senders) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }
func (p *senders) Push(x any)        { *p = append(*p, x.(*sender)) }
func (p *senders) Pop() any {
	last := len(*p) - 1
	x := (*p)[last]
	(*p)[last] = nil
	*p = (*p)[:last]
	return x
}
