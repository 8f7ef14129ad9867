package enrich

import "sync"

// A cache remembers what user agents mean: there are few of them, and reading
// one costs as much as all the rest of a beacon. It holds at most two
// generations of cacheSize agents; when the younger one is full, the older one
// is forgotten, so that made-up agents cannot fill the memory.
type cache struct {
	mu         sync.Mutex
	young, old map[string]device
}

const cacheSize = 2048

// device is parseAgent, remembered.
func (c *cache) device(agent string) device {
	c.mu.Lock()
	d, ok := c.young[agent]
	if !ok {
		if d, ok = c.old[agent]; ok {
			c.keep(agent, d)
		}
	}
	c.mu.Unlock()
	if ok {
		return d
	}
	d = parseAgent(agent)
	c.mu.Lock()
	c.keep(agent, d)
	c.mu.Unlock()
	return d
}

func (c *cache) keep(agent string, d device) {
	if c.young == nil || len(c.young) >= cacheSize {
		c.young, c.old = make(map[string]device), c.young
	}
	c.young[agent] = d
}
