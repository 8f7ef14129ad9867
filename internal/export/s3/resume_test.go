package s3

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"playhead/internal/export/daily"
	"playhead/internal/export/s3/s3test"
	"playhead/internal/meta"
)

// The next process sends what is not there, also of a file that was written anew.
func TestResume(t *testing.T) {
	server := s3test.Start(t)
	direct := destination(t, server.URL)
	there := []string{"env/a#1", "env/a#3", "env/a#4"}
	refusing := server.Behind(t, func(r s3test.Request) s3test.Fault {
		if r.Operation != "UploadPart" || r.Part != "2" {
			return s3test.None
		}
		look := time.NewTicker(time.Millisecond)
		defer look.Stop()
		for t.Context().Err() == nil && !slices.Equal(parted(t, direct, "env/a"), there) { // until the other parts have come
			<-look.C
		}
		return s3test.Denied
	})
	bytesOf := content(1, 3*testPart+100)
	if err := destination(t, refusing.URL).Publish(t.Context(), []daily.Staged{staged(t, "env/a", bytesOf)}); err == nil {
		t.Fatal("no error")
	}
	has(t, server, "env/a", nil)

	proxy := server.Behind(t, nil)
	d := destination(t, proxy.URL)
	publish(t, d, staged(t, "env/a", bytesOf))
	has(t, server, "env/a", bytesOf)
	if diff := gocmp.Diff([]string{"env/a#2"}, sent(proxy)); diff != "" {
		t.Errorf("parts that were sent (-want +got):\n%s", diff)
	}
	if got := proxy.Seen("CreateMultipartUpload"); got != nil {
		t.Errorf("another upload was begun: %v", got)
	}
	if got := testutil.ToFloat64(d.metrics.parts.WithLabelValues(partThere)); got != 3 {
		t.Errorf("counted %g parts that were there, want 3", got)
	}
}

// parted are the parts of a name that an unfinished upload has, as name#number.
func parted(t *testing.T, d *Destination, name string) (list []string) {
	t.Helper()
	pending, err := d.pending(t.Context(), name)
	if err != nil || len(pending) != 1 {
		t.Errorf("%d unfinished uploads of %s, want one: %v", len(pending), name, err)
		return nil
	}
	page, err := d.client.ListObjectParts(t.Context(), d.bucket, d.prefix+name, pending[0].UploadID, 0, pageOf)
	if err != nil {
		t.Error(err)
	}
	for _, p := range page.ObjectParts {
		list = append(list, fmt.Sprintf("%s#%d", name, p.PartNumber))
	}
	return list
}

// An upload that was begun with another content gets that of the file: parts that differ are sent, and those
// beyond its end do not come with it.
func TestResumeAnother(t *testing.T) {
	server := s3test.Start(t)
	d := destination(t, server.URL)
	older := content(1, 3*testPart)
	all(t, d, "env/a", older)
	newer := slices.Concat(older[:testPart], content(2, testPart-1))
	proxy := server.Behind(t, nil)
	publish(t, destination(t, proxy.URL), staged(t, "env/a", newer))
	has(t, server, "env/a", newer)
	if diff := gocmp.Diff([]string{"env/a#2"}, sent(proxy)); diff != "" {
		t.Errorf("parts that were sent (-want +got):\n%s", diff)
	}
}

// Of several unfinished uploads of a name the one that has the most is finished, and the others end.
func TestResumeOneOfSeveral(t *testing.T) {
	server := s3test.Start(t)
	d := destination(t, server.URL)
	bytesOf := content(1, 2*testPart)
	all(t, d, "env/a", bytesOf)
	for range 2 { // whichever is listed first
		unfinished(t, d, "env/a")
	}
	proxy := server.Behind(t, nil)
	publish(t, destination(t, proxy.URL), staged(t, "env/a", bytesOf))
	has(t, server, "env/a", bytesOf)
	if got := sent(proxy); got != nil {
		t.Errorf("sent %v, want none", got)
	}
	if got := uploading(t, d); got != nil {
		t.Errorf("unfinished uploads: got %v, want none", got)
	}
}

// A server that has done what it is asked to and does not know of it any more when it is asked
// again has done it. One that never did has not.
func TestCompleteTwice(t *testing.T) {
	for fault, want := range map[s3test.Fault]bool{s3test.Forgotten: true, s3test.Unknown: false} {
		server := s3test.Start(t)
		proxy := server.Behind(t, func(r s3test.Request) s3test.Fault {
			if r.Operation == "CompleteMultipartUpload" {
				return fault
			}
			return s3test.None
		})
		bytesOf := content(1, testPart+1)
		err := destination(t, proxy.URL).Publish(t.Context(), []daily.Staged{staged(t, "env/a", bytesOf)})
		if (err == nil) != want {
			t.Errorf("%v: got the error %v, want none: %t", fault, err, want)
		}
		if want {
			has(t, server, "env/a", bytesOf)
		} else if code(err) != noSuchUpload {
			t.Errorf("%v: got the error %v, want %s", fault, err, noSuchUpload)
		}
	}
}

// all sends all parts of a file, and stops before it is completed.
func all(t *testing.T, d *Destination, name string, content []byte) {
	t.Helper()
	if _, err := d.upload(t.Context(), staged(t, name, content)); err != nil {
		t.Fatal(err)
	}
}

// What a process is told to publish that is killed in the middle.
const (
	killedURL  = "PLAYHEAD_S3_KILLED_URL"
	killedFile = "PLAYHEAD_S3_KILLED_FILE"
)

// TestMain is the process that is killed, when it is told to be.
func TestMain(m *testing.M) {
	if os.Getenv(killedURL) == "" {
		os.Exit(m.Run())
	}
	d, err := New(Config{
		Endpoint: os.Getenv(killedURL), Region: s3test.Region, Bucket: s3test.Bucket, Prefix: "to/people", AccessKey: s3test.AccessKey, SecretKey: s3test.SecretKey,
	}, prometheus.NewRegistry())
	if err != nil {
		panic(err)
	}
	d.part = testPart
	if err := d.Publish(context.Background(), []daily.Staged{
		{Name: "env/a", Path: os.Getenv(killedFile), MediaType: "text/plain"}, {Name: "env/b", Path: os.Getenv(killedFile), MediaType: "text/plain"},
	}); err != nil {
		panic(err)
	}
}

// A process that is killed at any request leaves nothing visible that is not whole, and
// the next one finishes with no part sent twice that the server has.
func TestKilled(t *testing.T) {
	bytesOf := content(1, 2*testPart+1)
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, bytesOf, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, at := range []s3test.Request{
		{Operation: "HeadObject", Name: "/exports/to/people/env/a"},
		{Operation: "CreateMultipartUpload", Name: "/exports/to/people/env/a"},
		{Operation: "UploadPart", Name: "/exports/to/people/env/a", Part: "3"},
		{Operation: "UploadPart", Name: "/exports/to/people/env/b", Part: "1"},
		{Operation: "CompleteMultipartUpload", Name: "/exports/to/people/env/a"},
		{Operation: "CompleteMultipartUpload", Name: "/exports/to/people/env/b"},
	} {
		for _, done := range []bool{false, true} { // whether the server still does the request
			name := strings.ReplaceAll(at.Operation+at.Name+at.Part, "/", " ")
			if done {
				name += " done"
			}
			t.Run(name, func(t *testing.T) { killedAt(t, path, bytesOf, at, done) })
		}
	}
}

func killedAt(t *testing.T, path string, bytesOf []byte, at s3test.Request, done bool) {
	server := s3test.Start(t)
	reached := make(chan struct{}, 10)
	proxy := server.Behind(t, func(r s3test.Request) s3test.Fault {
		r.Try = 0
		if r != at {
			return s3test.None
		}
		reached <- struct{}{}
		if done {
			return s3test.Late
		}
		return s3test.Stall
	})
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), killedURL+"="+proxy.URL, killedFile+"="+path)
	output, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan string, 1)
	go func() {
		var text strings.Builder
		_, _ = bufio.NewReader(output).WriteTo(&text)
		ended <- text.String()
	}()
	select {
	case <-reached:
	case text := <-ended:
		t.Fatalf("it ended before: %s", text)
	case <-time.After(30 * time.Second):
		t.Fatal("the request does not come")
	}
	if done {
		proxy.AwaitLate()
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()

	names := []string{"env/a", "env/b"}
	for _, name := range names {
		if got := server.Object(t, "to/people/"+name); got != nil && !slices.Equal(got, bytesOf) {
			t.Errorf("%s is visible, and has %d of %d bytes", name, len(got), len(bytesOf))
		}
	}
	direct := destination(t, server.URL)
	var there []string // more may come: what was under way
	for _, name := range names {
		pending, err := direct.pending(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if len(pending) == 1 {
			there = append(there, parted(t, direct, name)...)
		} else if server.Object(t, "to/people/"+name) != nil {
			there = append(there, name+"#1", name+"#2", name+"#3")
		}
	}
	again := server.Behind(t, nil)
	d := destination(t, again.URL)
	var files []daily.Staged
	for _, name := range names {
		files = append(files, daily.Staged{Name: name, Path: path, MediaType: "text/plain"})
	}
	publish(t, d, files...)
	for _, name := range names {
		has(t, server, name, bytesOf)
	}
	for _, part := range sent(again) {
		if slices.Contains(there, part) {
			t.Errorf("%s was sent again", part)
		}
	}
	if got := uploading(t, d); got != nil {
		t.Errorf("unfinished uploads: got %v, want none", got)
	}
}

// What an upload takes in memory does not follow from the size of the file.
func TestMemory(t *testing.T) {
	server := s3test.Start(t)
	const size = 256 << 20
	path := filepath.Join(t.TempDir(), "file")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := file.Truncate(size); err != nil { // zeros, which no disk keeps
		t.Fatal(err)
	}
	d := destination(t, server.URL)
	d.part = partBytes
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	publish(t, d, daily.Staged{Name: "env/a", Path: path, MediaType: "text/plain"})
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 16<<20 { // all that was allocated, whether or not it was freed
		t.Errorf("an upload of %d bytes allocated %d", size, got)
	}
	if has, err := d.Has(t.Context(), meta.ExportFile{Name: "env/a", Bytes: size}); !has || err != nil {
		t.Errorf("the bucket has not the whole file: %v", err)
	}
}
