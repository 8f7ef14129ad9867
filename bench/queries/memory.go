package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// measureMemory has clients ask for the heaviest answers at the same time and
// prints how much memory the process held at the most, engine and files' pages
// in its buffers included.
func measureMemory(ctx context.Context, w io.Writer, c *client) error {
	before, err := resident("VmRSS")
	if err != nil {
		return err
	}
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o600); err != nil { // the peak begins anew
		return err
	}
	wide := slice{length: days * day}
	paths := []string{
		plain("/data/v1/metrics/comparison")(wide),
		metric("insights", "measurement=median")(slice{length: 7 * day}),
		metric("insights", "measurement=avg")(wide),
		metric("breakdown", "measurement=median&group_by=video_title")(wide),
		metric("breakdown", "measurement=median&group_by=viewer_user_id")(wide),
		metric("timeseries", "measurement=95th&group_by=hour")(slice{length: 7 * day}),
	}
	began := time.Now()
	var busy atomic.Int32
	g, all := errgroup.WithContext(ctx)
	for _, p := range paths {
		g.Go(func() error {
			for range 2 {
				_, err := c.get(all, p)
				switch {
				case err == nil:
				case strings.Contains(err.Error(), "try again later"):
					busy.Add(1)
				default:
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	peak, err := resident("VmHWM")
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%d heavy requests of %d clients at the same time: %.1f s, %d told to come again\n", 2*len(paths), len(paths), time.Since(began).Seconds(), busy.Load())
	fmt.Fprintf(w, "resident memory: %d MB before, %d MB at the peak; limit of the engine: %d MB\n", before>>10, peak>>10, memoryLimit>>20)
	return nil
}

// resident reads a number of kB from what the system knows of this process.
func resident(name string) (kB int, err error) {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), name+":"); ok {
			_, err := fmt.Sscan(rest, &kB)
			return kB, err
		}
	}
	return 0, fmt.Errorf("/proc/self/status has no %s", name)
}
