// Package script runs the scenarios of testdata on the real binary: starting
// and stopping it, its settings, and the commands of an operator.
//
// Besides the commands of testscript a scenario has
//
//	start [flags]                      run playhead serve and wait until it is ready; $API is its base URL
//	stop                               send SIGTERM; the exit code must be 0
//	kill                               send SIGKILL
//	logged REGEXP                      what the server has printed matches
//	beacons NAME [KEY]                 send the recording NAME of testdata/captures, to the environment KEY
//	get STATUS PATH [ID:SECRET]        read a path of $API, until the status is as wanted, to stdout
//	get-view SDKID [ID:SECRET]         wait for the view that the SDK calls so, and write it to stdout
//	status CODE PROGRAM ARGS           run a program that ends with this exit status
//	take VARIABLE REGEXP               set a variable to the first group of a match in stdout
package script

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"playhead/e2e/harness"
)

func TestScripts(t *testing.T) {
	binary, err := filepath.Abs(harness.Binary(t))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		Deadline:            time.Now().Add(time.Minute), // a command that should have failed may run for ever
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			bin := filepath.Join(env.WorkDir, ".bin")
			if err := os.Mkdir(bin, 0o755); err != nil {
				return err
			}
			env.Setenv("PATH", bin+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("KEY", harness.EnvKey)
			env.Setenv("TOKEN", harness.TokenID+":"+harness.TokenSecret)
			tb, ok := env.T().(testing.TB)
			if !ok {
				return fmt.Errorf("testscript's T is a %T, not a testing.TB", env.T())
			}
			env.Values[scenario{}] = &scenario{t: tb}
			return os.Symlink(binary, filepath.Join(bin, "playhead"))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start":    start,
			"stop":     func(ts *testscript.TestScript, _ bool, _ []string) { current(ts).server.Stop(current(ts).t) },
			"kill":     func(ts *testscript.TestScript, _ bool, _ []string) { current(ts).server.Kill() },
			"logged":   logged,
			"beacons":  beacons,
			"get":      get,
			"get-view": getView,
			"status":   status,
			"take":     take,
		},
	})
}

// scenario is what the commands of one script have in common.
type scenario struct {
	t      testing.TB
	server *harness.Server // the last one started
}

func current(ts *testscript.TestScript) *scenario {
	s, _ := ts.Value(scenario{}).(*scenario)
	return s
}

func start(ts *testscript.TestScript, _ bool, args []string) {
	for i, arg := range args { // the server's folder is not that of the script
		if arg == "--data-dir" && i+1 < len(args) {
			args[i+1] = ts.MkAbs(args[i+1])
		}
	}
	s := current(ts)
	s.server = harness.Serve(s.t, args...)
	ts.Setenv("API", s.server.API)
	ts.Setenv("INGEST", s.server.Ingest)
}

func logged(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: logged REGEXP")
	}
	log := current(ts).server.Log()
	if found := regexp.MustCompile("(?m)" + args[0]).MatchString(log); found == neg {
		ts.Fatalf("%q found in the log: %v; want %v; the log:\n%s", args[0], found, !neg, log)
	}
	_, err := io.WriteString(ts.Stdout(), log)
	ts.Check(err)
}

func beacons(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: beacons NAME [KEY]")
	}
	s := current(ts)
	recording, err := harness.Record(s.t, args[0]).Rewrite(time.Now(), func(event map[string]any) {
		if len(args) == 2 {
			event["ake"] = args[1]
		}
	})
	ts.Check(err)
	for _, request := range recording {
		if status, err := harness.Post(s.server.Ingest, request); err != nil || status != http.StatusOK {
			ts.Fatalf("beacon: status %d, error %v; want 200", status, err)
		}
	}
}

func get(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: get STATUS PATH [ID:SECRET]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	req, err := http.NewRequest(http.MethodGet, current(ts).server.API+args[1], nil)
	ts.Check(err)
	if len(args) == 3 {
		id, secret, _ := strings.Cut(args[2], ":")
		req.SetBasicAuth(id, secret)
	}
	// Changes of an operator, and views, reach the API within seconds.
	harness.Eventually(current(ts).t, 10*time.Second, func() error {
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			return err
		}
		if res.StatusCode != want {
			return fmt.Errorf("%s: %s: %s; want status %d", req.URL, res.Status, body, want)
		}
		_, err = ts.Stdout().Write(body)
		return err
	})
}

func getView(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: get-view SDKID [ID:SECRET]")
	}
	s := current(ts)
	reader := *s.server
	if len(args) == 2 {
		reader.Token = args[1]
	}
	harness.Eventually(s.t, 10*time.Second, func() error {
		view, err := harness.FindView(&reader, args[0])
		if err != nil {
			return err
		}
		return json.NewEncoder(ts.Stdout()).Encode(view)
	})
}

// status keeps what the program writes where exec does.
func status(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: status CODE PROGRAM ARGS")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit status %d, want %s", code, args[0])
	}
}

func take(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: take VARIABLE REGEXP")
	}
	found := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) != 2 {
		ts.Fatalf("no match of %q, or not one group, in stdout:\n%s", args[1], ts.ReadFile("stdout"))
	}
	ts.Setenv(args[0], found[1])
}
