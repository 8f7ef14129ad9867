package crash

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// TestPowerLoss takes the power away: the file system of the data stops at once
// and forgets what was written and not synced. Nothing that was acknowledged may
// be lost by that. It needs to mount, and is part of the long form alone; the
// tests of the journal do the same on a simulated disk.
func TestPowerLoss(t *testing.T) {
	if !long() {
		return
	}
	image, disk := filepath.Join(t.TempDir(), "image"), t.TempDir()
	run(t, "truncate", "--size=512M", image)
	run(t, "mkfs.ext4", "-q", image)
	run(t, "mount", "-o", "loop", image, disk)
	t.Cleanup(func() { run(t, "umount", "--lazy", disk) })

	c := newCampaign(t, filepath.Join(disk, "data"), settings...)
	c.start()
	end := c.load()
	forgotten := 0
	for cut := range *kills / 5 {
		c.wait(1500 * time.Millisecond)
		// A file that is not synced shows that the power loss is one.
		control := filepath.Join(disk, "not synced")
		if err := os.WriteFile(control, []byte("gone"), 0o600); err != nil {
			t.Fatal(err)
		}
		// The server goes first: a sync that is under way when the file system
		// is stopped can succeed in spite of that, which no power loss can do.
		c.server.Kill()
		powerOff(t, disk)
		run(t, "umount", disk)
		run(t, "mount", "-o", "loop", image, disk)
		switch data, err := os.ReadFile(control); {
		case errors.Is(err, fs.ErrNotExist) || err == nil && string(data) != "gone":
			forgotten++
		case err != nil:
			t.Fatal(err)
		default:
			if err := os.Remove(control); err != nil {
				t.Fatal(err)
			}
		}
		c.start()
		c.look()
		if t.Failed() {
			t.Fatalf("after power loss %d", cut+1)
		}
	}
	end()
	c.settle()
	c.server.Stop(t)
	c.complete()
	t.Logf("%d power losses, of which %d took the control file; %d views and %d beacons acknowledged",
		*kills/5, forgotten, c.report.views, c.report.beacons)
	if forgotten == 0 {
		t.Error("what was not synced was never lost: this shows nothing")
	}
}

// powerOff has a file system stop, without writing what it still has in memory.
func powerOff(t *testing.T, mount string) {
	t.Helper()
	const (
		shutdown  = 0x8004587d // EXT4_IOC_SHUTDOWN
		nothingIn = 2          // EXT4_GOING_FLAGS_NOLOGFLUSH
	)
	dir, err := os.Open(mount)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	how := uint32(nothingIn)
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, dir.Fd(), shutdown, uintptr(unsafe.Pointer(&how))); errno != 0 { //nolint:gosec // the ioctl takes a pointer
		t.Fatalf("stop the file system: %v", errno)
	}
}

// run runs a program of the system, which may need to be run by root.
func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v %s (this test needs root, ext4 and loop devices)", name, args, err, out)
	}
}
