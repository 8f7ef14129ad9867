// Command playhead is a self-hosted video quality-of-experience analytics
// server: it takes the beacons of video players, makes views of them, and
// answers an API that is compatible with the Mux Data API.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"

	"playhead/internal/fault"
)

// commands is the command line. Each command has a file of its own.
type commands struct {
	Config string `help:"File of settings in TOML: the names of flags without the dashes. A flag beats the environment, which beats the file." placeholder:"FILE" type:"existingfile"`

	Serve    serveCommand    `cmd:"" help:"Run the server."`
	Demo     demoCommand     `cmd:"" help:"Run the server with simulated viewers."`
	Simulate simulateCommand `cmd:"" help:"Play simulated viewers against a server."`
	Backup   backupCommand   `cmd:"" help:"Make a backup of a running server."`
	Restore  restoreCommand  `cmd:"" help:"Make a data folder of a backup."`
	Export   exportCommand   `cmd:"" help:"Have a running server export views."`
	Import   importCommand   `cmd:"" help:"Bring views of files into the data folder of a server that is stopped."`
	Replay   replayCommand   `cmd:"" help:"Compute views again from the journal of a server that is stopped."`
	Env      envCommand      `cmd:"" help:"List and create environments."`
	Token    tokenCommand    `cmd:"" help:"List, create and revoke API tokens."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

// streams are where commands write.
type streams struct{ out, err io.Writer }

func main() {
	// The process ends with run: there is nothing to stop after it.
	ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdout, os.Stderr}))
}

// run runs one command and returns the exit status: 0 after success, 1 after
// a failure, 2 when the command line is wrong; a command may have its own.
func run(ctx context.Context, args []string, s streams) int {
	var (
		cli    commands
		exit   = -1
		file   = &settingsFile{}
		parser = kong.Must(&cli,
			kong.Name("playhead"),
			kong.Description("Self-hosted quality-of-experience analytics for video."),
			kong.PostBuild(environment),
			kong.UsageOnError(),
			kong.Writers(s.out, s.err),
			kong.Exit(func(code int) { exit = code }),
			kong.Resolvers(file),
			kong.BindTo(ctx, (*context.Context)(nil)),
			kong.Bind(s),
		)
	)
	if err := file.load(parser.Model, args); err != nil {
		fmt.Fprintf(s.err, "playhead: %v\n", err)
		return 2
	}
	parsed, err := parser.Parse(args)
	if exit >= 0 { // help has been printed
		return exit
	}
	if err != nil {
		fmt.Fprintf(s.err, "playhead: %v\n", err)
		return 2
	}
	err = parsed.Run()
	if own, ok := errors.AsType[status](err); ok {
		return int(own)
	}
	if err != nil {
		fmt.Fprintf(s.err, "playhead: %v\n", message(err))
		return 1
	}
	return 0
}

// status is the exit status of a command that has said all that is to be said.
type status int

// Error implements error.
func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// message is what the operator reads: the public part of an error for users,
// else the whole chain.
func message(err error) string {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e.Public()
	}
	return err.Error()
}

type versionCommand struct{}

// Run prints the version that Go recorded in the binary.
func (versionCommand) Run(s streams) error {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
	}
	_, err := fmt.Fprintln(s.out, "playhead", version)
	return err
}
