package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// FuzzSettings reads whatever stands in a settings file: it is refused with
// what is wrong, or it sets what Validate has accepted.
func FuzzSettings(f *testing.F) {
	for _, text := range []string{
		"", "data-dir = '/tmp/x'\nlisten = \"127.0.0.1:0\"\n", "view-complete-after = '1h'", "memory-limit = 9223372036854775808", "memory-limit = -1",
		"rate-limit = nan", "rate-limit = 1e400", "trusted-proxy = ['10.0.0.0/8', 1]", "trusted-proxy = {a = 1}", "no-such = 1", "[serve]\nlisten = 1",
		"privacy-ip = 'keep'", "view-final-after = 2026-01-01T00:00:00Z", "log-level = [[]]", "a = ", "\x00\xff", "listen = '''\n'''", "help = true", "config = 'x'",
	} {
		f.Add([]byte(text))
	}
	path := filepath.Join(f.TempDir(), "settings.toml")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		var cli commands
		file := &settingsFile{}
		parser, err := kong.New(&cli, kong.Name("playhead"), kong.Writers(io.Discard, io.Discard), kong.Exit(func(int) {}), kong.Resolvers(file))
		if err != nil {
			t.Fatal(err)
		}
		args := []string{"serve", "--config", path}
		if err := file.load(parser.Model, args); err != nil {
			if !strings.Contains(err.Error(), path) {
				t.Errorf("the error does not name the file: %v", err)
			}
			return
		}
		if _, err := parser.Parse(args); err != nil {
			return
		}
		if err := cli.Serve.Validate(); err == nil && cli.Serve.DataDir == "" {
			t.Error("a server without a folder is accepted")
		}
	})
}

func TestEnvironmentOfSettings(t *testing.T) {
	for name, want := range map[string]string{
		"PLAYHEAD_EXPORT_S3_PREFIX": "want the bucket that export-s3-prefix is for",
		"PLAYHEAD_EXPORT_RETENTION": "--export-retention",
		"PLAYHEAD_CONFIG":           "settings file soon",
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, "soon")
			ended, end := context.WithCancel(t.Context())
			end() // a server that starts all the same stops
			var out, faults strings.Builder
			if code := run(ended, []string{"serve", "--data-dir", t.TempDir(), "--listen", "127.0.0.1:0"}, streams{&out, &faults}); code != 2 || !strings.Contains(faults.String(), want) {
				t.Errorf("exit status %d, errors %q: want 2 and %q", code, faults.String(), want)
			}
		})
	}
}

// TestSettingsAreTheFlags: what the API tells of settings is what the command
// line has: kong makes names by rules of its own.
func TestSettingsAreTheFlags(t *testing.T) {
	var cli commands
	parser, err := kong.New(&cli, kong.Name("playhead"), kong.PostBuild(environment))
	if err != nil {
		t.Fatal(err)
	}
	described := map[string]string{} // variable and help by name
	for _, s := range cli.Serve.Settings() {
		described[s.Name] = s.Variable + " " + s.Help
	}
	for _, node := range parser.Model.Children {
		if node.Name != "serve" {
			continue
		}
		for _, flag := range node.Flags {
			if want := strings.Join(flag.Envs, ",") + " " + flag.Help; described[flag.Name] != want {
				t.Errorf("%s is described as %q, want %q", flag.Name, described[flag.Name], want)
			}
			delete(described, flag.Name)
		}
	}
	for name := range described {
		t.Errorf("%s is described and is no flag", name)
	}
}

// TestSettingsOfDefault: a server that is told nothing has set nothing.
func TestSettingsOfDefault(t *testing.T) {
	var cli commands
	parser, err := kong.New(&cli, kong.Name("playhead"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"serve"}); err != nil {
		t.Fatal(err)
	}
	for _, s := range cli.Serve.Settings() {
		if s.Set {
			t.Errorf("%s is %q, which is not its default %q", s.Name, s.Value, s.Default)
		}
	}
}
