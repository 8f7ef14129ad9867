package s3

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
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

// testPart is the least that servers take of a part that is not the last one.
const testPart = 5 << 20

// destination is the bucket of a server at a URL, as a process has it that has just begun.
func destination(t *testing.T, url string) *Destination {
	t.Helper()
	d, err := New(Config{
		Endpoint: url, Region: s3test.Region, Bucket: s3test.Bucket, Prefix: "to/people",
		AccessKey: s3test.AccessKey, SecretKey: s3test.SecretKey,
	}, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	d.part, d.wait = testPart, time.Millisecond
	return d
}

// content is random bytes of a seed.
func content(seed byte, size int) []byte {
	b := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

// staged writes a file that is to be published.
func staged(t *testing.T, name string, content []byte) daily.Staged {
	t.Helper()
	path := filepath.Join(t.TempDir(), "staged")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return daily.Staged{Name: name, Path: path, MediaType: "application/x-test"}
}

// publish publishes files, which has to succeed.
func publish(t *testing.T, d *Destination, files ...daily.Staged) {
	t.Helper()
	if err := d.Publish(t.Context(), files); err != nil {
		t.Fatal(err)
	}
}

// has checks what the server has of a name.
func has(t *testing.T, s *s3test.Server, name string, want []byte) {
	t.Helper()
	if got := s.Object(t, "to/people/"+name); !bytes.Equal(got, want) {
		t.Errorf("%s: the bucket has %d bytes that are not the file of %d", name, len(got), len(want))
	}
}

// sent are the parts that were sent, as name#number.
func sent(p *s3test.Proxy) (list []string) {
	for _, r := range p.Seen("UploadPart") {
		list = append(list, strings.TrimPrefix(r.Name, "/exports/to/people/")+"#"+r.Part)
	}
	slices.SortFunc(list, cmp.Compare[string])
	return list
}

func TestPublish(t *testing.T) {
	server := s3test.Start(t)
	proxy := server.Behind(t, nil)
	d := destination(t, proxy.URL)
	large, small := content(1, 2*testPart+1), content(2, 10)
	files := []daily.Staged{
		staged(t, "env/2026_11_27.csv.gz", large), staged(t, "env/2026_11_27.parquet", large[:2*testPart]),
		staged(t, "env/empty", nil), staged(t, "env/2026_11_27.json", small),
	}
	publish(t, d, files...)
	has(t, server, "env/2026_11_27.csv.gz", large)
	has(t, server, "env/2026_11_27.parquet", large[:2*testPart])
	has(t, server, "env/empty", []byte{})
	has(t, server, "env/2026_11_27.json", small)

	parts := []string{
		"env/2026_11_27.csv.gz#1", "env/2026_11_27.csv.gz#2", "env/2026_11_27.csv.gz#3", "env/2026_11_27.json#1",
		"env/2026_11_27.parquet#1", "env/2026_11_27.parquet#2", "env/empty#1",
	}
	if diff := gocmp.Diff(parts, sent(proxy)); diff != "" {
		t.Errorf("parts that were sent (-want +got):\n%s", diff)
	}

	// The same again sends nothing; a file that changed is replaced.
	publish(t, d, files...)
	if diff := gocmp.Diff(parts, sent(proxy)); diff != "" {
		t.Errorf("parts that were sent after the same again (-want +got):\n%s", diff)
	}
	changed := content(3, 10)
	publish(t, d, files[0], staged(t, "env/2026_11_27.json", changed))
	has(t, server, "env/2026_11_27.json", changed)
	if got := len(sent(proxy)); got != len(parts)+1 {
		t.Errorf("%d parts were sent, want one more than %d", got, len(parts))
	}

	if got, want := testutil.ToFloat64(d.metrics.bytes), float64(2*testPart+1+2*testPart+10+10); got != want {
		t.Errorf("sent bytes: got %g, want %g", got, want)
	}
	if got, want := testutil.ToFloat64(d.metrics.parts.WithLabelValues(partSent)), float64(len(parts)+1); got != want {
		t.Errorf("sent parts: got %g, want %g", got, want)
	}
}

// Nothing is visible until all parts of all files are there; then they come in their order.
func TestPublishOrder(t *testing.T) {
	server := s3test.Start(t)
	names := []string{"env/z", "env/b", "env/a"}
	var early []string
	proxy := server.Behind(t, func(r s3test.Request) s3test.Fault {
		if r.Operation == "UploadPart" || r.Operation == "CompleteMultipartUpload" && r.Name == "/exports/to/people/env/z" {
			for _, name := range names {
				if server.Object(t, "to/people/"+name) != nil {
					early = append(early, name+" before "+r.Operation)
				}
			}
		}
		return s3test.None
	})
	d := destination(t, proxy.URL)
	var files []daily.Staged
	for i, name := range names {
		files = append(files, staged(t, name, content(byte(i), testPart/2)))
	}
	publish(t, d, files...)
	var order []string
	for _, r := range proxy.Seen("CompleteMultipartUpload") {
		order = append(order, strings.TrimPrefix(r.Name, "/exports/to/people/"))
	}
	if diff := gocmp.Diff(names, order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if early != nil {
		t.Errorf("visible early: %v", early)
	}
}

// Each request of any kind may fail a few times, in any way: the files are whole in the end.
func TestPublishFaults(t *testing.T) {
	for _, fault := range []s3test.Fault{s3test.Internal, s3test.SlowDown, s3test.Reset, s3test.Lost, s3test.Stall, s3test.Corrupt} {
		t.Run(fault.String(), func(t *testing.T) {
			t.Parallel()
			server := s3test.Start(t)
			proxy := server.Behind(t, func(r s3test.Request) s3test.Fault {
				if r.Try == 1 || r.Try == 2 && fault != s3test.Stall {
					return fault
				}
				return s3test.None
			})
			d := destination(t, proxy.URL)
			d.transport.limit, d.transport.finish, d.transport.speed = time.Second, time.Second, 2<<20
			first, second := content(1, testPart+1), content(2, 100)
			publish(t, d, staged(t, "env/a", first), staged(t, "env/b", second))
			has(t, server, "env/a", first)
			has(t, server, "env/b", second)
			if testutil.ToFloat64(d.metrics.retries) == 0 {
				t.Error("no retry was counted")
			}
		})
	}
}

// What a server refuses is not asked for again.
func TestPublishRefused(t *testing.T) {
	server := s3test.Start(t)
	proxy := server.Behind(t, func(r s3test.Request) s3test.Fault {
		if r.Operation == "UploadPart" {
			return s3test.Denied
		}
		return s3test.None
	})
	err := destination(t, proxy.URL).Publish(t.Context(), []daily.Staged{staged(t, "env/a", content(1, 10))})
	if err == nil || !strings.Contains(err.Error(), "env/a") || code(err) != "AccessDenied" {
		t.Errorf("got the error %v, want one of env/a with AccessDenied", err)
	}
	if got := len(proxy.Seen("UploadPart")); got != 1 {
		t.Errorf("the part was sent %d times, want once", got)
	}

	wrong, err := New(Config{Endpoint: server.URL, Bucket: s3test.Bucket, Region: s3test.Region, AccessKey: s3test.AccessKey, SecretKey: "not-the-secret"}, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	err = wrong.Publish(t.Context(), []daily.Staged{staged(t, "env/a", content(1, 10))})
	if err == nil || strings.Contains(err.Error(), "not-the-secret") {
		t.Errorf("with a wrong secret: got the error %v, want one without the secret", err)
	}
}

// A server that is down for longer is an error after a few tries, and soon one when the process ends.
func TestPublishUnavailable(t *testing.T) {
	server := s3test.Start(t)
	proxy := server.Behind(t, func(s3test.Request) s3test.Fault { return s3test.Internal })
	d := destination(t, proxy.URL)
	file := staged(t, "env/a", content(1, 10))
	if err := d.Publish(t.Context(), []daily.Staged{file}); err == nil {
		t.Error("no error")
	}
	if got := len(proxy.Seen("HeadObject")); got != tries {
		t.Errorf("%d tries, want %d", got, tries)
	}
	d.wait = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := d.Publish(ctx, []daily.Staged{file}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got the error %v, want that of the context", err)
	}
}

func TestRemove(t *testing.T) {
	server := s3test.Start(t)
	d := destination(t, server.URL)
	kept := content(2, 10)
	publish(t, d, staged(t, "env/a", content(1, 10)), staged(t, "env/ab", kept))
	unfinished(t, d, "env/a")
	unfinished(t, d, "env/ab")
	if err := d.Remove(t.Context(), []string{"env/a", "env/never"}); err != nil {
		t.Fatal(err)
	}
	has(t, server, "env/a", nil)
	has(t, server, "env/ab", kept)
	if diff := gocmp.Diff([]string{"to/people/env/ab"}, uploading(t, d)); diff != "" {
		t.Errorf("unfinished uploads (-want +got):\n%s", diff)
	}
}

func TestTidy(t *testing.T) {
	server := s3test.Start(t)
	d := destination(t, server.URL)
	other := destination(t, server.URL)
	other.prefix = "to/people-of-others/"
	const name, ofOthers = "env/2026_10_03.csv.gz", "video/archive.tar"
	unfinished(t, d, name)
	unfinished(t, d, ofOthers)
	unfinished(t, other, name)
	if err := d.Tidy(t.Context(), time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff([]string{d.prefix + name, d.prefix + ofOthers}, uploading(t, d)); diff != "" {
		t.Errorf("unfinished uploads after a look for older ones (-want +got):\n%s", diff)
	}
	if err := d.Tidy(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff([]string{d.prefix + ofOthers}, uploading(t, d)); diff != "" {
		t.Errorf("unfinished uploads (-want +got):\n%s", diff)
	}
	if got := uploading(t, other); len(got) != 1 {
		t.Errorf("unfinished uploads of another folder: got %v, want the one", got)
	}
	if got := testutil.ToFloat64(d.metrics.aborted); got != 1 {
		t.Errorf("counted %g aborted uploads, want 1", got)
	}
}

// unfinished begins an upload of a name, and leaves it.
func unfinished(t *testing.T, d *Destination, name string) {
	t.Helper()
	if err := d.begin(t.Context(), &upload{name: name}, "text/plain"); err != nil {
		t.Fatal(err)
	}
}

// uploading are the names of unfinished uploads.
func uploading(t *testing.T, d *Destination) (names []string) {
	t.Helper()
	list, err := d.uploads(t.Context(), d.prefix)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range list {
		names = append(names, u.Key)
	}
	return names
}

func TestHas(t *testing.T) {
	d := destination(t, s3test.Start(t).URL)
	publish(t, d, staged(t, "env/a", content(1, 10)))
	for _, c := range []struct {
		file meta.ExportFile
		want bool
	}{
		{meta.ExportFile{Name: "env/a", Bytes: 10}, true},
		{meta.ExportFile{Name: "env/a", Bytes: 11}, false},
		{meta.ExportFile{Name: "env/b", Bytes: 10}, false},
	} {
		if got, err := d.Has(t.Context(), c.file); got != c.want || err != nil {
			t.Errorf("%+v: got %t, %v, want %t", c.file, got, err, c.want)
		}
	}
}

func TestLink(t *testing.T) {
	server := s3test.Start(t)
	d := destination(t, server.URL)
	want := content(1, testPart+7)
	publish(t, d, staged(t, "env/2026_11_27.csv.gz", want))
	link, err := d.Link(t.Context(), "env/2026_11_27.csv.gz", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	answer, got := s3test.Get(t, link)
	if answer.StatusCode != http.StatusOK || !bytes.Equal(got, want) {
		t.Fatalf("got %s and %d bytes, want the file of %d", answer.Status, len(got), len(want))
	}
	for header, want := range map[string]string{
		"Content-Type": "application/x-test", "Content-Disposition": `attachment; filename="2026_11_27.csv.gz"`,
	} {
		if got := answer.Header.Get(header); got != want {
			t.Errorf("%s: got %q, want %q", header, got, want)
		}
	}
	if strings.Contains(link, s3test.SecretKey) {
		t.Errorf("the link has the secret: %s", link)
	}

	// It is for this file alone, and needs its signature.
	for name, changed := range map[string]string{
		"another name":        strings.Replace(link, "2026_11_27", "2026_11_28", 1),
		"another time":        strings.Replace(link, "X-Amz-Expires=3600", "X-Amz-Expires=7200", 1),
		"without a signature": strings.Split(link, "?")[0],
	} {
		if changed == link {
			t.Fatalf("%s: nothing to change in %s", name, link)
		}
		if answer, _ := s3test.Get(t, changed); answer.StatusCode != http.StatusForbidden {
			t.Errorf("%s: got %s, want 403", name, answer.Status)
		}
	}
	for _, ttl := range []time.Duration{0, MostLinked + 1} {
		if _, err := d.Link(t.Context(), "env/a", ttl); err == nil {
			t.Errorf("a link for %s: no error", ttl)
		}
	}
}

// Without a setting, the key of requests is that of the environment, and the region that of the bucket.
func TestDefaults(t *testing.T) {
	server := s3test.Start(t)
	t.Setenv("AWS_ACCESS_KEY_ID", s3test.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", s3test.SecretKey)
	d, err := New(Config{Endpoint: server.URL, Bucket: s3test.Bucket}, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	publish(t, d, staged(t, "env/a", []byte("content")))
	if got := string(server.Object(t, "env/a")); got != "content" {
		t.Errorf("the bucket has %q", got)
	}
}

func TestValidate(t *testing.T) {
	valid := Config{Endpoint: "https://s3.example.com", Bucket: "exports", Prefix: "a/b", AccessKey: "key", SecretKey: "secret"}
	if err := valid.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		change func(*Config)
		names  string
	}{
		{func(c *Config) { c.Endpoint = "s3.example.com" }, "export-s3-endpoint"},
		{func(c *Config) { c.Endpoint = "ftp://s3.example.com" }, "export-s3-endpoint"},
		{func(c *Config) { c.Endpoint = "https://s3.example.com/path" }, "export-s3-endpoint"},
		{func(c *Config) { c.Endpoint = "https://user:password@s3.example.com" }, "export-s3-endpoint"},
		{func(c *Config) { c.Endpoint = "https://s3.example.com?a=b" }, "export-s3-endpoint"},
		{func(c *Config) { c.Endpoint = "https:///" }, "export-s3-endpoint"},
		{func(c *Config) { c.Bucket = "" }, "export-s3-bucket"},
		{func(c *Config) { c.Bucket = "Exports" }, "export-s3-bucket"},
		{func(c *Config) { c.Bucket = "a/b" }, "export-s3-bucket"},
		{func(c *Config) { c.Prefix = "/a" }, "export-s3-prefix"},
		{func(c *Config) { c.Prefix = "a//b" }, "export-s3-prefix"},
		{func(c *Config) { c.Prefix = "a/../b" }, "export-s3-prefix"},
		{func(c *Config) { c.Prefix = "../b" }, "export-s3-prefix"},
		{func(c *Config) { c.Prefix = "." }, "export-s3-prefix"},
		{func(c *Config) { c.Prefix = "a\xff" }, "export-s3-prefix"},
		{func(c *Config) { c.Prefix = strings.Repeat("a", maxPrefix+1) }, "export-s3-prefix"},
		{func(c *Config) { c.SecretKey = "" }, "export-s3-secret-key"},
		{func(c *Config) { c.AccessKey = "" }, "export-s3-access-key"},
	} {
		config := valid
		c.change(&config)
		if err := config.Validate(); err == nil || !strings.HasPrefix(err.Error(), c.names+" ") || strings.Contains(err.Error(), "is \"secret\"") || strings.Contains(err.Error(), "password") {
			t.Errorf("%+v: got the error %v, want one of %s", config, err, c.names)
		}
	}
	for _, fine := range []Config{
		{Endpoint: "http://127.0.0.1:9000/", Bucket: "exports"},
		{Endpoint: "https://s3.example.com", Bucket: "exports", Prefix: "a/"},
	} {
		if err := fine.Validate(); err != nil {
			t.Errorf("%+v: %v", fine, err)
		}
	}
}
