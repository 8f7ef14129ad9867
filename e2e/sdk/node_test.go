package sdk

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"testing"
	"time"

	"playhead/e2e/harness"
)

// node runs a program of this folder and returns what it prints.
func node(t *testing.T, program, argument string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", program, argument)
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node %s: %v (it needs Node.js 20 or later and: cd e2e && npm ci)", program, err)
	}
	return out
}

// settings is the argument of the programs that use the client: a server, a
// token, the timeframe of what tests post, and more.
func settings(t *testing.T, server *harness.Server, more map[string]any) string {
	t.Helper()
	now := time.Now()
	all := map[string]any{
		"baseURL": server.API, "id": harness.TokenID, "secret": harness.TokenSecret,
		"from": now.Add(-2 * time.Hour).Unix(), "to": now.Add(time.Hour).Unix(),
	}
	maps.Copy(all, more)
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// decode reads what a program printed.
func decode[T any](t *testing.T, text []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// golden reads a file of testdata, which is written by hand.
func golden[T any](t *testing.T, name string) T {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return decode[T](t, text)
}
