package meta

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// killedSteps is how many steps the evaluation has that is killed again and again.
// Each opens an incident about a title and closes that of three steps before, and
// every fifth one edits a rule whose incident is open.
const killedSteps = 60

// TestKill kills a process that evaluates and notifies in the midst of it, time
// and again, and has another go on. In the end each transition is there once, each
// channel was told of each once, and of what was acknowledged nothing is lost. A
// receiver that throws away what it has already, by its number, has each once.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes: make unit plays it")
	}
	folder := t.TempDir()
	s := open(t, filepath.Join(folder, "meta.db"), &fakeClock{t: noon})
	e := createEnvironment(t, s, "shop", "k").ID
	channels := []string{createChannel(t, s, e, All).ID, createChannel(t, s, e, Thresholds).ID}
	rule := createRule(t, s, e)
	kills, last := 0, int64(0)
	for ; last < killedSteps; kills++ {
		// Each one gets some steps further, and is killed somewhere in the next one.
		last = evaluateAndDie(t, folder, e, rule.ID, last+1+int64(kills%3))
		at, _, err := s.EvaluatedTo(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if at < last {
			t.Fatalf("step %d was acknowledged, and after the kill %d the records are at %d", last, kills, at)
		}
	}
	if kills < 10 {
		t.Errorf("only %d kills", kills)
	}
	t.Logf("%d kills", kills)
	checkKilled(t, s, e, channels)
	checkReceived(t, s, folder)
}

// evaluateAndDie runs a process until it has acknowledged a step, kills it, and
// returns the last step that it acknowledged.
func evaluateAndDie(t *testing.T, folder, environmentID, ruleID string, until int64) (last int64) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledProcess$")
	cmd.Env = append(os.Environ(), "KILLED_FOLDER="+folder, "KILLED_ENVIRONMENT="+environmentID, "KILLED_RULE="+ruleID)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var failure strings.Builder
	cmd.Stderr = &failure
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		step, ok := strings.CutPrefix(lines.Text(), "step ")
		if !ok {
			continue
		}
		if last, err = strconv.ParseInt(step, 10, 64); err != nil {
			t.Fatal(err)
		}
		if last >= until || last == killedSteps {
			break
		}
	}
	// A step takes some milliseconds.
	<-time.After(time.Duration(rand.IntN(5000)) * time.Microsecond)
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	for lines.Scan() { // what it had said before it died
		if step, ok := strings.CutPrefix(lines.Text(), "step "); ok {
			if last, err = strconv.ParseInt(step, 10, 64); err != nil {
				t.Fatal(err)
			}
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && (!errors.As(err, &exit) || exit.Exited()) {
		t.Fatalf("the process ended by itself: %v\n%s", err, failure.String())
	}
	return last
}

// checkKilled compares what is kept with what the steps make.
func checkKilled(t *testing.T, s *Store, environmentID string, channels []string) {
	t.Helper()
	wantStatus, wantTold := map[string]string{}, map[string]int{}
	for step := int64(1); step <= killedSteps; step++ {
		id := killedID('a', step)
		wantStatus[id], wantTold[id] = IncidentClosed, 2 // of the beginning and the end, in the channel for all
		if step > killedSteps-3 {
			wantStatus[id], wantTold[id] = IncidentOpen, 1
		}
		if step%5 == 0 { // of a rule, closed by the edit: both channels are told
			wantStatus[killedID('r', step)], wantTold[killedID('r', step)] = IncidentClosed, 4
		}
	}
	l, err := s.Incidents(t.Context(), environmentID, IncidentPage{Limit: 10 * killedSteps})
	if err != nil {
		t.Fatal(err)
	}
	gotStatus, gotTold := map[string]string{}, map[string]int{}
	for _, i := range l.Incidents {
		gotStatus[i.ID] = i.Status
	}
	for _, channel := range channels {
		l, err := s.Deliveries(t.Context(), environmentID, channel, DeliveryPage{Limit: 10 * killedSteps})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range l.Deliveries {
			gotTold[d.IncidentID]++
		}
	}
	if diff := cmp.Diff(wantStatus, gotStatus); diff != "" {
		t.Errorf("incidents (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantTold, gotTold); diff != "" {
		t.Errorf("notifications (-want +got):\n%s", diff)
	}
}

// checkReceived sends what is still queued, and looks at what the receiver got.
func checkReceived(t *testing.T, s *Store, folder string) {
	t.Helper()
	r := openReceiver(t, folder)
	for r.deliver(t, s) {
	}
	log, err := os.ReadFile(filepath.Join(folder, "received"))
	if err != nil {
		t.Fatal(err)
	}
	byNumber, first := map[string]string{}, map[string]bool{} // what a number is about; numbers by what they are about
	for line := range strings.Lines(string(log)) {
		number, about, _ := strings.Cut(strings.TrimSpace(line), " ")
		if before, known := byNumber[number]; known && before != about {
			t.Errorf("number %s is about %s and about %s", number, before, about)
		} else if !known && first[about] {
			t.Errorf("%s came with two numbers", about)
		}
		byNumber[number], first[about] = about, true
		if about, closed := strings.CutPrefix(about, "closed "); closed && !first["opened "+about] {
			t.Errorf("of the end of %s the channel was told before the beginning", about)
		}
	}
	// 60 anomalies of which 57 have closed, and 12 incidents of the rule for two channels.
	if want := 60 + 57 + 12*2*2; len(byNumber) != want {
		t.Errorf("%d different notifications were received, want %d", len(byNumber), want)
	}
}

// killedID is the id of the incident that a step opens.
func killedID(kind byte, step int64) string { return fmt.Sprintf("%c%05d", kind, step) }

// TestKilledProcess is the process that TestKill kills.
func TestKilledProcess(t *testing.T) {
	folder, environmentID := os.Getenv("KILLED_FOLDER"), os.Getenv("KILLED_ENVIRONMENT")
	if folder == "" {
		t.Skip("is run by TestKill")
	}
	s, err := Open(t.Context(), Config{Path: filepath.Join(folder, "meta.db"), Clock: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for r := openReceiver(t, folder); ; {
			r.deliver(t, s)
		}
	}()
	at, _, err := s.EvaluatedTo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// No more than some steps, so that there are kills enough, however slow this is.
	ruleID, until := os.Getenv("KILLED_RULE"), min(at+6, killedSteps)
	for step := at + 1; step <= until; step++ {
		killedStep(t, s, environmentID, ruleID, step)
		if step < killedSteps {
			fmt.Println("step", step)
		}
	}
	if until == killedSteps {
		editKilledRule(t, s, environmentID, ruleID, killedSteps) // closes the last of its incidents
		fmt.Println("step", killedSteps)
	}
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil { // the kill comes
		t.Fatal(err)
	}
	select {}
}

// killedStep makes one step, which is the same each time that it is made.
func killedStep(t *testing.T, s *Store, environmentID, ruleID string, step int64) {
	rule, err := s.AlertRule(environmentID, ruleID)
	if err != nil {
		t.Fatal(err)
	}
	at := func(step int64) time.Time { return noon.Add(time.Duration(step) * time.Minute) }
	e := Evaluation{Position: &step, States: []DetectorState{{EnvironmentID: environmentID, Data: []byte(strconv.FormatInt(step, 10))}}}
	e.Transitions = append(e.Transitions, Transition{Incident: anomaly(environmentID, killedID('a', step), strconv.FormatInt(step, 10), at(step)), Event: Opened})
	if old := step - 3; old > 0 {
		i := anomaly(environmentID, killedID('a', old), strconv.FormatInt(old, 10), at(old))
		e.Transitions = append(e.Transitions, Transition{Incident: ended(i, IncidentClosed, at(step)), Event: Closed})
	}
	if step%5 == 0 {
		e.Transitions = append(e.Transitions, Transition{Incident: ruled(rule, killedID('r', step), at(step)), Event: Opened})
	}
	if step%5 == 4 { // before the incident of the next step opens
		editKilledRule(t, s, environmentID, ruleID, step)
	}
	if err := s.Evaluate(context.Background(), e); err != nil {
		t.Fatal(err)
	}
}

// editKilledRule edits the rule, which closes its open incident. After a kill it may
// be done again, which changes nothing.
func editKilledRule(t *testing.T, s *Store, environmentID, ruleID string, step int64) {
	_, err := s.ChangeAlertRule(context.Background(), environmentID, ruleID, func(r *AlertRule) error { r.Threshold = float64(step); return nil })
	if err != nil {
		t.Fatal(err)
	}
}

// receiver gets notifications, and keeps their numbers in a file.
type receiver struct{ log *os.File }

func openReceiver(t *testing.T, folder string) receiver {
	log, err := os.OpenFile(filepath.Join(folder, "received"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return receiver{log}
}

// deliver sends what is due, and reports whether anything was.
func (r receiver) deliver(t *testing.T, s *Store) bool {
	due, err := s.DueNotifications(context.Background(), time.Now().Add(time.Hour), 10)
	if err != nil {
		t.Error(err)
		return false
	}
	for _, n := range due {
		if _, err := fmt.Fprintf(r.log, "%d %s %s to %s\n", n.ID, n.Event, n.IncidentID, n.ChannelID); err != nil {
			t.Error(err)
		}
		if err := s.Attempted(context.Background(), Attempt{NotificationID: n.ID, At: time.Now(), Status: 200}, Delivered, time.Time{}); err != nil {
			t.Error(err)
		}
	}
	return len(due) > 0
}
