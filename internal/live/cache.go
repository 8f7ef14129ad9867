package live

import (
	"container/list"
	"sync"
)

// cache keeps the bodies of small blocks that queries asked for last.
type cache struct {
	limit int64 // bytes

	mu    sync.Mutex
	bytes int64
	known map[*block]*list.Element
	order list.List // of cached, that asked for last in front
}

type cached struct {
	block *block
	body  *body
}

// find is the body of a block, nil if it is not there.
func (c *cache) find(b *block) *body {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.known[b]
	if e == nil {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(cached).body
}

// keep keeps the body of a block, and forgets those that it takes the place of.
func (c *cache) keep(b *block, body *body) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known[b] != nil || body.bytes() > c.limit {
		return
	}
	if c.known == nil {
		c.known = map[*block]*list.Element{}
	}
	c.known[b] = c.order.PushFront(cached{b, body})
	c.bytes += body.bytes()
	for c.bytes > c.limit {
		c.remove(c.order.Back())
	}
}

// forget is told that a block is not there any more.
func (c *cache) forget(b *block) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.known[b]; e != nil {
		c.remove(e)
	}
}

func (c *cache) remove(e *list.Element) {
	old := c.order.Remove(e).(cached)
	delete(c.known, old.block)
	c.bytes -= old.body.bytes()
}

// size is how many bytes it holds.
func (c *cache) size() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}
