// Command realtime measures real-time numbers at a hundred thousand viewers: how
// long the API takes to answer while their views are put, what they take in
// memory, what it costs the tracker, and how soon the API shows what was
// acknowledged. docs/performance.md tells how to read what it prints.
//
// The parts "questions" and "baselines" are of package live in this process, with
// the API before it: a day of views is loaded, those that are not final are put,
// and then go on to be put as their players tell them, ten thousand a second, while
// questions are asked over HTTP. Afterwards the same questions are answered in two
// plain ways too, which have to give the same numbers. The part "server" is the real
// server with simulated viewers, as many as the machine carries together with it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"time"
)

// bench is the settings of a run.
type bench struct {
	viewers       int
	scripts       int
	history, flow time.Duration
	memory        int64
	rounds        int
	seed          uint64
	only, ask     *regexp.Regexp
	profiles      string

	binary, dir  string
	real, stored int
	live         time.Duration
}

func main() {
	b := &bench{}
	flag.IntVar(&b.viewers, "viewers", 100_000, "viewers at the same time, in this process")
	flag.IntVar(&b.scripts, "scripts", 200_000, "different views, each of which many viewers have")
	flag.DurationVar(&b.history, "history", 24*time.Hour, "how far the views go back")
	flag.DurationVar(&b.flow, "flow", time.Minute, "how long questions are asked while views are put")
	flag.Int64Var(&b.memory, "memory", 2<<30, "bytes that history may take (--realtime-memory)")
	flag.IntVar(&b.rounds, "rounds", 3, "how often each question is asked beside the plain ways of answering it")
	flag.Uint64Var(&b.seed, "seed", 1, "of the viewers")
	flag.StringVar(&b.profiles, "profiles", "", "folder for profiles of this process; none when empty")
	flag.StringVar(&b.binary, "binary", "bin/playhead", "the server")
	flag.StringVar(&b.dir, "dir", "bin/bench-realtime", "folder of the server's data; it is emptied")
	flag.IntVar(&b.real, "real", 20_000, "viewers of the real server at the same time")
	flag.IntVar(&b.stored, "stored", 20_000, "views of the day before that the real server has")
	flag.DurationVar(&b.live, "live", time.Minute, "how long the real server is measured")
	pattern := flag.String("only", "", "measure only the parts that this regular expression matches: questions, baselines, server")
	asked := flag.String("ask", "", "ask only the questions that this regular expression matches: timeseries, breakdown, video_title, 20 h ago, filtered …")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	var err error
	if b.only, err = regexp.Compile(*pattern); err == nil {
		b.ask, err = regexp.Compile(*asked)
	}
	if err == nil {
		err = b.run(ctx)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "realtime:", err)
		os.Exit(1)
	}
}

// at is the time of the viewers in this process: when European evening and American
// afternoon meet, on a day without a live event. Nothing depends on when it is run.
var at = time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)

func (b *bench) run(ctx context.Context) error {
	if b.only.MatchString("questions") || b.only.MatchString("baselines") {
		if err := b.inProcess(ctx); err != nil {
			return err
		}
	}
	if !b.only.MatchString("server") {
		return nil
	}
	return b.server(ctx)
}
