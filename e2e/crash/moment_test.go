package crash

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// phase is what a process was doing when it was killed.
type phase string

// The phases. Those between start and rest are told from the system calls that
// the threads of the process are in: so a commit counts while it writes and
// syncs, and not while it computes.
const (
	launch  phase = "first milliseconds" // of the process
	start   phase = "start, before it is ready"
	appends phase = "append to the journal"
	roll    phase = "new file of the journal"
	commit  phase = "commit of views"
	merge   phase = "checkpoint of views"
	rest    phase = "anything else"
)

var phases = []phase{launch, start, appends, roll, commit, merge, rest}

// writes are the system calls that write or sync a file, which they have as
// their first argument.
var writes = []uint64{syscall.SYS_WRITE, syscall.SYS_PWRITE64, syscall.SYS_FSYNC, syscall.SYS_FDATASYNC, syscall.SYS_FTRUNCATE}

// look tells the phase of a running process.
func look(pid int) phase {
	proc := fmt.Sprintf("/proc/%d", pid)
	threads, err := os.ReadDir(proc + "/task")
	if err != nil {
		return rest
	}
	found := rest
	for _, thread := range threads {
		text, err := os.ReadFile(filepath.Join(proc, "task", thread.Name(), "syscall"))
		if err != nil {
			continue
		}
		words := strings.Fields(string(text)) // number, arguments in hexadecimal; or "running"
		if len(words) < 2 {
			continue
		}
		call, err := strconv.ParseUint(words[0], 10, 64)
		if err != nil || !slices.Contains(writes, call) {
			continue
		}
		fd, err := strconv.ParseUint(words[1], 0, 64)
		if err != nil {
			continue
		}
		path, err := os.Readlink(fmt.Sprintf("%s/fd/%d", proc, fd))
		if err != nil {
			continue
		}
		if p := phaseOf(path); p != rest && (found == rest || p != appends) { // appends are frequent
			found = p
		}
	}
	return found
}

// phaseOf tells what it means that a file is written to.
func phaseOf(path string) phase {
	switch name := filepath.Base(path); {
	case name == "new.tmp" || name == "journal":
		return roll
	case strings.HasSuffix(name, ".seg"):
		return appends
	case name == "views.duckdb.wal":
		return commit
	case strings.HasPrefix(name, "views.duckdb"):
		return merge
	}
	return rest
}

// await waits until the process is in a phase, or until patience ends, and
// returns the phase that was seen last.
func await(pid int, want phase, patience time.Duration) phase {
	for limit := time.Now().Add(patience); ; {
		if seen := look(pid); seen == want || time.Now().After(limit) {
			return seen
		}
	}
}
