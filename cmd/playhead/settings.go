package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"
)

// settingsFile gives flags the values of a file. It stands behind the command
// line and the environment: kong asks resolvers before the environment, so it
// holds back where a variable is set.
type settingsFile struct{ values map[string]any }

// load reads the file that --config or PLAYHEAD_CONFIG names, if one does, and
// refuses keys that are no flag of any command. It has to come before the
// command line is parsed: kong asks for values while it parses.
func (f *settingsFile) load(app *kong.Application, args []string) error {
	path := findConfig(args)
	if path == "" {
		return nil
	}
	if _, err := toml.DecodeFile(path, &f.values); err != nil {
		return fmt.Errorf("settings file %s: %w", path, err)
	}
	known := flagNames(app.Node)
	for key := range f.values {
		if !slices.Contains(known, key) {
			return fmt.Errorf("settings file %s: unknown setting %q", path, key)
		}
	}
	return nil
}

// Validate implements kong.Resolver: load has checked the file.
func (f *settingsFile) Validate(*kong.Application) error { return nil }

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

// findConfig finds the path of the settings file on a command line that is not
// parsed yet.
func findConfig(args []string) string {
	for i, arg := range args {
		if path, ok := strings.CutPrefix(arg, "--config="); ok {
			return path
		}
		if arg == "--config" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return os.Getenv("PLAYHEAD_CONFIG")
}

// environment names the variable of each flag that has one: PLAYHEAD_A_B is
// that of --a-b. kong's own names part digits from letters.
func environment(app *kong.Kong) error {
	return kong.Visit(app.Model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok && flag.Name != "help" {
			name := []string{"PLAYHEAD_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))}
			if slices.Equal(flag.Envs, []string{"-"}) {
				name = nil
			}
			flag.Envs, flag.Tag.Envs = name, name
		}
		return next(nil)
	})
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
