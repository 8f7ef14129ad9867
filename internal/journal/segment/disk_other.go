//go:build !unix

package segment

import (
	"io"
	"os"
	"path/filepath"
)

// lockDir creates the lock file only: these systems have no lock that the
// standard library knows.
func lockDir(dir string) (io.Closer, error) {
	return os.OpenFile(filepath.Join(dir, "LOCK"), os.O_RDWR|os.O_CREATE, 0o600)
}

// syncDir does nothing: directories cannot be synced on these systems.
func syncDir(string) error { return nil }
