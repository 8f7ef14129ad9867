package load

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The token of the servers that are measured.
const (
	tokenID     = "bench"
	tokenSecret = "bench-secret"
)

// Playhead is a running server of ours.
type Playhead struct {
	*Process
	Dir string
}

// StartPlayhead starts the binary on a data folder, and waits until it is
// ready.
func StartPlayhead(ctx context.Context, binary, dir string, args ...string) (*Playhead, error) {
	p, err := Start(ctx, binary, append([]string{
		"serve", "--listen", "127.0.0.1:0", "--data-dir", dir,
		"--bootstrap-env-key", EnvKey, "--bootstrap-token", tokenID + ":" + tokenSecret,
	}, args...)...)
	if err != nil {
		return nil, err
	}
	s := &Playhead{Process: p, Dir: dir}
	for start := time.Now(); time.Since(start) < startWithin; wait(ctx, 10*time.Millisecond) {
		if _, err = s.get(ctx, "/readyz"); err == nil {
			return s, nil
		}
	}
	return nil, fmt.Errorf("server is not ready within %s: %w", startWithin, err)
}

func (s *Playhead) get(ctx context.Context, path string) ([]byte, error) {
	return Get(ctx, "http://"+s.Address+path, tokenID, tokenSecret)
}

// Ask reads the answer to a path of the API. Any status but 200 is an error.
func (s *Playhead) Ask(ctx context.Context, path string) ([]byte, error) { return s.get(ctx, path) }

// Get reads an answer of an API with a token. Any status but 200 is an error.
func Get(ctx context.Context, url, tokenID, tokenSecret string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	r.SetBasicAuth(tokenID, tokenSecret)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", url, answer.Status, body)
	}
	return body, err
}

// Views is how many views of the last day the API counts.
func (s *Playhead) Views(ctx context.Context) (int64, error) {
	body, err := s.get(ctx, "/data/v1/video-views?limit=1&timeframe[]=24:hours")
	if err != nil {
		return 0, err
	}
	var list struct {
		Total int64 `json:"total_row_count"`
	}
	return list.Total, json.Unmarshal(body, &list)
}

// State is where the server stands, by its figures for operators.
type State struct {
	At        time.Time
	Durable   int64     // records in the journal
	Folded    int64     // of them, folded
	Committed int64     // of them, in the store for good
	Journal   time.Time // time of the last record folded
	Views     int64     // written to the store, updates included
	Open      int64     // views that are not final
	Commits   int64
	CommitSec float64
	Bytes     int64 // of the journal
	Refused   int64 // 503s
	Heap      int64 // bytes of Go's memory that are in use, garbage included
	Live      int64 // bytes of them that real-time numbers are made of
}

// Lag is how many records, and how long, the tracker is behind.
func (s State) Lag() (records int64, behind time.Duration) {
	records = s.Durable - s.Folded
	if records > 0 && !s.Journal.IsZero() {
		behind = s.At.Sub(s.Journal)
	}
	return records, behind
}

// Profile writes a profile of the server, which has to have been started with
// --prof-listen at an address, to a file.
func Profile(ctx context.Context, address, name, path string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/debug/pprof/"+name, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// State reads the server's figures. The journal has to have been empty at its
// start.
func (s *Playhead) State(ctx context.Context) (State, error) {
	body, err := s.get(ctx, "/metrics")
	if err != nil {
		return State{}, err
	}
	state := State{At: time.Now()}
	for line := range strings.Lines(string(body)) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		value, _ := strconv.ParseFloat(text, 64)
		switch name, _, _ := strings.Cut(name, "{"); name {
		case "playhead_journal_next_offset":
			state.Durable = int64(value)
		case "playhead_tracker_records_total":
			state.Folded = int64(value)
		case "playhead_tracker_committed_offset":
			state.Committed = int64(value)
		case "playhead_tracker_journal_time_seconds":
			state.Journal = time.UnixMilli(int64(value * 1000))
		case "playhead_tracker_views_committed_total":
			state.Views = int64(value)
		case "playhead_tracker_open_views":
			state.Open = int64(value)
		case "playhead_tracker_commit_seconds_count":
			state.Commits = int64(value)
		case "playhead_tracker_commit_seconds_sum":
			state.CommitSec = value
		case "playhead_journal_size_bytes":
			state.Bytes = int64(value)
		case "go_memstats_heap_alloc_bytes":
			state.Heap = int64(value)
		case "playhead_live_bytes":
			state.Live = int64(value)
		case "playhead_beacons_refused_total":
			state.Refused += int64(value)
		}
	}
	return state, nil
}

// CatchUp waits until everything that was sent is folded and the API counts the
// views, and returns how long that took and the state then.
func (s *Playhead) CatchUp(ctx context.Context, views int64, limit time.Duration) (time.Duration, State, error) {
	start := time.Now()
	for count := int64(0); ; wait(ctx, 20*time.Millisecond) {
		state, err := s.State(ctx)
		if err == nil && state.Durable == state.Folded {
			count, err = s.Views(ctx)
		}
		switch {
		case err != nil:
			return 0, state, err
		case count == views:
			return time.Since(start), state, nil
		case time.Since(start) > limit:
			return 0, state, fmt.Errorf("after %s, %d of %d records are folded, and the API counts %d views, but %d were sent",
				limit, state.Folded, state.Durable, count, views)
		}
	}
}

// Size is the bytes of the files below a folder.
func Size(folder string) (sum int64) {
	_ = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // it was deleted meanwhile
		}
		if info, err := os.Stat(path); err == nil {
			sum += info.Size()
		}
		return nil
	})
	return sum
}
