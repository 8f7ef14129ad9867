package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"
)

// settingsFile reads flags from the file that --config or PLAYHEAD_CONFIG
// names. It stands behind the command line and the environment: kong asks
// resolvers before the environment, so it holds back where a variable is set.
type settingsFile struct {
	args   []string
	path   string
	values map[string]any
}

// Validate reads the file and refuses keys that are no flag of any command.
func (f *settingsFile) Validate(app *kong.Application) error {
	f.path = f.find()
	if f.path == "" {
		return nil
	}
	if _, err := toml.DecodeFile(f.path, &f.values); err != nil {
		return fmt.Errorf("settings file %s: %w", f.path, err)
	}
	known := flagNames(app.Node)
	for key := range f.values {
		if !slices.Contains(known, key) {
			return fmt.Errorf("settings file %s: unknown setting %q", f.path, key)
		}
	}
	return nil
}

// Resolve returns the file's value of a flag.
func (f *settingsFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	value, ok := f.values[flag.Name]
	if !ok {
		return nil, nil
	}
	return value, nil
}

// find looks for the path before kong has parsed the flags: the file gives
// some of them their values.
func (f *settingsFile) find() string {
	for i, arg := range f.args {
		if path, ok := strings.CutPrefix(arg, "--config="); ok {
			return path
		}
		if arg == "--config" && i+1 < len(f.args) {
			return f.args[i+1]
		}
	}
	return os.Getenv("PLAYHEAD_CONFIG")
}

func flagNames(n *kong.Node) []string {
	var names []string
	for _, flag := range n.Flags {
		if flag.Name != "help" && flag.Name != "config" {
			names = append(names, flag.Name)
		}
	}
	for _, child := range n.Children {
		names = append(names, flagNames(child)...)
	}
	return names
}
