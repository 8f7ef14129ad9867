// Package s3test runs a real server of the protocol for tests, that of tools/s3, and a
// proxy in front of it that breaks requests.
package s3test

import (
	"bytes"
	"context"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What every server takes, and the bucket that it has from the beginning.
const (
	AccessKey = "tests"
	SecretKey = "secret-of-the-tests"
	Bucket    = "exports"
	Region    = "us-east-1"
)

// What `make test` puts in place.
const (
	program  = "PLAYHEAD_S3" // the path of tools/s3
	howToGet = "`make check` and `make test` make it; for a single test: make s3, and PLAYHEAD_S3=$PWD/bin/s3"
)

const listensWithin = 30 * time.Second

// Server is a running server.
type Server struct {
	URL string

	folder, sidecar string
	address         string
}

// Start starts a server with an empty bucket. It ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	path := os.Getenv(program)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, howToGet)
	}
	s := &Server{folder: t.TempDir(), sidecar: t.TempDir(), address: freeAddress(t)}
	s.URL = "http://" + s.address
	if err := os.Mkdir(filepath.Join(s.folder, Bucket), 0o700); err != nil {
		t.Fatal(err)
	}
	// Not bound to the test's context: the server outlives it until the cleanup.
	cmd := exec.CommandContext(context.Background(), path, s.address, s.folder, s.sidecar)
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+AccessKey, "ROOT_SECRET_KEY="+SecretKey)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	stdin, err := cmd.StdinPipe() // its end, which is that of this process too, ends the server
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // its files go too. An error says that it has ended
		_ = cmd.Wait()
		stdin.Close()
		if t.Failed() {
			t.Logf("server %s: %s", s.address, output.String())
		}
	})
	s.wait(t)
	return s
}

// wait waits until the server answers.
func (s *Server) wait(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), listensWithin)
	defer cancel()
	retry := time.NewTicker(10 * time.Millisecond)
	defer retry.Stop()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.address)
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-retry.C:
		case <-ctx.Done():
			t.Fatalf("the server at %s does not listen: %v", s.address, err)
		}
	}
}

// Object is the content of an object of the bucket as the server keeps it; nil: there is none.
func (s *Server) Object(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(s.folder, Bucket, filepath.FromSlash(name)))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return content
}

// Objects are the names of all objects of the bucket, in order.
func (s *Server) Objects(t testing.TB) (names []string) {
	t.Helper()
	bucket := filepath.Join(s.folder, Bucket)
	err := filepath.WalkDir(bucket, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != bucket && filepath.Dir(path) == bucket && strings.HasPrefix(entry.Name(), ".sgwtmp"): // what is not visible
			return fs.SkipDir
		case entry.IsDir():
			return nil
		}
		name, err := filepath.Rel(bucket, path)
		names = append(names, filepath.ToSlash(name))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// Get downloads what a link leads to.
func Get(t testing.TB, link string) (*http.Response, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(answer.Body); err != nil {
		t.Fatal(err)
	}
	return answer, body.Bytes()
}

// freeAddress is an address that nobody listens at.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
