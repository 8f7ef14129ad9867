package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A Process is a server that was started to be measured.
type Process struct {
	Address string // HOST:PORT that takes beacons
	PID     int

	cmd  *exec.Cmd
	done chan error
}

// startWithin is the longest that a server may take to listen.
const startWithin = time.Minute

// listening finds the address in what a server prints.
var listening = regexp.MustCompile(`ingest=http://(\S+)`)

// Start starts a server that prints its address, as playhead does.
func Start(ctx context.Context, command string, args ...string) (*Process, error) {
	cmd := exec.CommandContext(ctx, command, args...)
	out, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{PID: cmd.Process.Pid, cmd: cmd, done: make(chan error, 1)}
	address := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				address <- m[1]
			} else if !strings.Contains(lines.Text(), "level=INFO") {
				fmt.Fprintln(os.Stderr, "  |", lines.Text())
			}
		}
		p.done <- cmd.Wait()
	}()
	select {
	case p.Address = <-address:
		return p, nil
	case err := <-p.done:
		return nil, fmt.Errorf("%s ended before it listened: %w", command, err)
	case <-time.After(startWithin):
		return nil, errors.Join(fmt.Errorf("%s does not listen within %s", command, startWithin), p.Stop())
	}
}

// Stop ends a server in order.
func (p *Process) Stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case err := <-p.done:
		return err
	case <-time.After(startWithin):
		return errors.Join(errors.New("server did not end"), p.cmd.Process.Kill())
	}
}

// Kill ends a server at once, as a crash does.
func (p *Process) Kill() error {
	if err := p.cmd.Process.Kill(); err != nil {
		return err
	}
	<-p.done //nolint:errcheck // it was killed
	return nil
}

// self is this process.
var self = os.Getpid()

// CPU is the processor time that a process has used, of all its threads.
func CPU(pid int) time.Duration {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0 // it has ended
	}
	// Fields count from the end of the name, which may hold anything.
	fields := bytes.Fields(data[bytes.LastIndexByte(data, ')')+1:])
	var ticks int64
	for _, f := range fields[11:13] {
		n, _ := strconv.ParseInt(string(f), 10, 64)
		ticks += n
	}
	const tick = 10 * time.Millisecond // of all Linux systems that Go runs on
	return time.Duration(ticks) * tick
}

// Busy is the processor time that the machine has spent on anything.
func Busy() time.Duration {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	var ticks int64
	for i, f := range bytes.Fields(line)[1:] {
		if i == 3 || i == 4 || i > 7 { // idle, waiting for the disk, and guests, which count twice
			continue
		}
		n, _ := strconv.ParseInt(string(f), 10, 64)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// Memory is what a process has in memory, and the most that it had, in bytes.
func Memory(pid int) (now, most int64) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(data)) {
		name, rest, _ := strings.Cut(line, ":")
		kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
		switch name {
		case "VmRSS":
			now = kb << 10
		case "VmHWM":
			most = kb << 10
		}
	}
	return now, most
}
