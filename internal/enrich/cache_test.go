package enrich

import (
	"fmt"
	"sync"
	"testing"
)

func TestCache(t *testing.T) {
	var c cache
	const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 2 * cacheSize {
				if got := c.device(fmt.Sprintf("Firefox/%d.%d", worker, i)).browser; got != "Firefox" {
					t.Errorf("browser %q, want Firefox", got)
				}
				if got := c.device(firefox).browserVersion; got != "133.0" {
					t.Errorf("version %q, want 133.0", got)
				}
			}
		})
	}
	all.Wait()
	if n := len(c.young) + len(c.old); n > 2*cacheSize {
		t.Errorf("%d agents are remembered, want at most %d", n, 2*cacheSize)
	}
	if _, ok := c.young[firefox]; !ok {
		if _, ok := c.old[firefox]; !ok {
			t.Error("an agent in use was forgotten")
		}
	}
}
