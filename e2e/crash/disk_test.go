package crash

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// onDisk runs a test with a disk of its own, of a fixed size in bytes. Mounting
// needs root; without it, the test runs again in a namespace in which it is.
func onDisk(t *testing.T, bytes string, test func(t *testing.T, disk string)) {
	t.Helper()
	disk := t.TempDir()
	err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size="+bytes)
	if errors.Is(err, syscall.EPERM) && os.Getenv(inNamespace) == "" {
		cmd := exec.CommandContext(t.Context(), "unshare", "--map-root-user", "--mount", os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), inNamespace+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("this test mounts a disk: run it as root, or where `unshare --map-root-user --mount` works: %v\n%s", err, out)
		}
		return
	}
	if err != nil {
		t.Fatalf("mount a disk of %s bytes: %v (this test needs to be root)", bytes, err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount %s: %v", disk, err)
		}
	})
	test(t, disk)
}

// inNamespace says that the test has been started again by itself.
const inNamespace = "CRASH_TEST_IN_NAMESPACE"

// fill writes until the disk is full, but for some bytes, and returns what
// frees it again.
func fill(t *testing.T, disk string, leave int64) (free func()) {
	t.Helper()
	path := filepath.Join(disk, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var size int64
	for chunk := make([]byte, 1<<16); ; {
		n, err := f.Write(chunk)
		size += int64(n)
		if errors.Is(err, syscall.ENOSPC) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Truncate(max(0, size-leave)); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}
