// Command ingest measures how many beacons the real server takes, beside two
// baselines in the same run: a bare handler that reads and discards the body,
// and one that appends it to a file with group commit. Then it sends at 80 % of
// the measured rate, and for longer as fast as it can, to see how far behind
// the tracker gets. docs/performance.md tells how to read what it prints.
//
// The servers take turns, each as a process of its own, on the processors that
// the load is made on too. After each turn of ours, its API has to count as many
// views as were sent.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"time"

	"playhead/bench/load"
)

func main() {
	var b bench
	flag.StringVar(&b.binary, "binary", "bin/playhead", "the server")
	flag.StringVar(&b.dir, "dir", "bin/bench-ingest", "folder of everything that is written; it is emptied")
	flag.StringVar(&b.captures, "captures", "testdata/captures", "folder of the recorded sessions")
	flag.IntVar(&b.rounds, "rounds", 5, "turns of each server")
	flag.DurationVar(&b.time, "time", 4*time.Second, "time that is measured in each turn")
	flag.DurationVar(&b.long, "long", 30*time.Second, "time of the loads that are measured once")
	flag.StringVar(&b.profiles, "profiles", "", "folder for profiles of the server under load; none when empty")
	pattern := flag.String("only", "", "measure only the loads whose name this regular expression matches: compare 64, steady 64, long 64, compare 256 …, viewing 64")
	baseline := flag.String("baseline", "", "serve this baseline instead (the benchmark calls itself so)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	var err error
	if *baseline != "" {
		err = load.Baseline(ctx, *baseline, b.dir)
	} else if b.only, err = regexp.Compile(*pattern); err == nil {
		err = b.run(ctx)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "ingest:", err)
		os.Exit(1)
	}
}
