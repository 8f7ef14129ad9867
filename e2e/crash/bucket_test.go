package crash

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os/exec"
	"path"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"playhead/e2e/harness"
	"playhead/internal/export/daily"
	"playhead/internal/export/s3/s3test"
)

// TestKillWhileUploading kills the process at requests to the object storage that the
// files of a past day are uploaded to, before and after the object storage has done
// what it is asked for. Nothing half may be visible, and the next process finishes the
// day.
func TestKillWhileUploading(t *testing.T) {
	t.Parallel()
	day := time.Now().UTC().Add(-48 * time.Hour).Format("2006_01_02")
	for _, moment := range []struct {
		operation, suffix string
		fault             s3test.Fault
	}{
		{"UploadPart", ".csv.gz", s3test.Stall},
		{"UploadPart", ".json", s3test.Late},
		{"CompleteMultipartUpload", ".csv.gz", s3test.Late},
		{"CompleteMultipartUpload", ".parquet", s3test.Stall},
		{"CompleteMultipartUpload", ".json", s3test.Stall},
		{"CompleteMultipartUpload", ".json", s3test.Late},
	} {
		t.Run(fmt.Sprintf("%s of %s, %v", moment.operation, moment.suffix, moment.fault), func(t *testing.T) {
			dir := t.TempDir()
			backfill(t, dir)
			storage := s3test.Start(t)
			var armed atomic.Bool
			armed.Store(true)
			reached := make(chan struct{}, 1)
			proxy := storage.Behind(t, func(r s3test.Request) s3test.Fault {
				if r.Operation == moment.operation && strings.HasSuffix(r.Name, day+moment.suffix) && armed.CompareAndSwap(true, false) {
					reached <- struct{}{}
					return moment.fault
				}
				return s3test.None
			})
			settings := []string{
				"--export-s3-endpoint", proxy.URL, "--export-s3-bucket", s3test.Bucket, "--export-s3-prefix", "days",
				"--export-s3-access-key", s3test.AccessKey, "--export-s3-secret-key", s3test.SecretKey,
			}
			server := harness.StartIn(t, dir, settings...)
			select {
			case <-reached:
			case <-time.After(time.Minute):
				t.Fatalf("no %s of the day: %s", moment.operation, server.Log())
			}
			if moment.fault == s3test.Late {
				proxy.AwaitLate()
			}
			server.Kill()
			visible := objects(t, storage)
			server = harness.StartIn(t, dir, settings...)
			var urls map[string]string
			harness.Eventually(t, time.Minute, func() (err error) {
				urls, err = listed(server, day)
				return err
			})
			if answer, got := s3test.Get(t, urls["csv"]); !bytes.Equal(got, storage.Object(t, object(t, storage, day+".csv.gz"))) {
				t.Errorf("%s: %s, and %d bytes that are not the object", urls["csv"], answer.Status, len(got))
			}
			whole(t, storage, day)
			sent := map[string]int{}
			for _, r := range proxy.Seen("UploadPart") {
				if sent[r.Name]++; sent[r.Name] > 1 && moment.operation != "UploadPart" && strings.Contains(r.Name, day) {
					t.Errorf("%s was sent again", r.Name)
				}
			}
			for name, content := range visible {
				if got := storage.Object(t, name); !bytes.Equal(got, content) && path.Ext(name) != ".json" { // the manifest tells the time
					t.Errorf("%s was visible with %d bytes, which are not the %d of the file", name, len(content), len(got))
				}
			}
		})
	}
}

// backfill makes up the views of the last days in the folder of a server that does not run.
func backfill(t *testing.T, dir string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, harness.Binary(t), "simulate", "--backfill", "3d", "--views", "600", "--data-dir", dir,
		"--env-key", harness.EnvKey, "--bootstrap-env-key", harness.EnvKey, "--bootstrap-token", harness.TokenID+":"+harness.TokenSecret)
	cmd.Env = harness.Environ()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// listed are the URLs that the API lists of the files of a day, by format.
func listed(server *harness.Server, day string) (map[string]string, error) {
	list, err := harness.Get[[]struct {
		Date  string `json:"export_date"`
		Files []struct {
			Type string `json:"type"`
			Path string `json:"path"`
		} `json:"files"`
	}](server, "/data/v1/exports/views", nil)
	if err != nil {
		return nil, err
	}
	for _, d := range list.Data {
		if strings.ReplaceAll(d.Date, "-", "_") == day {
			urls := map[string]string{}
			for _, f := range d.Files {
				urls[f.Type] = f.Path
			}
			return urls, nil
		}
	}
	return nil, fmt.Errorf("%s is not among the %d days", day, len(list.Data))
}

// objects are what the object storage shows.
func objects(t *testing.T, storage *s3test.Server) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, name := range storage.Objects(t) {
		all[name] = storage.Object(t, name)
	}
	return all
}

// object is the full name of the object with a last part.
func object(t *testing.T, storage *s3test.Server, base string) string {
	t.Helper()
	for _, name := range storage.Objects(t) {
		if path.Base(name) == base {
			return name
		}
	}
	t.Fatalf("there is no %s among %v", base, storage.Objects(t))
	return ""
}

// whole checks that the files of a day are there as its manifest says.
func whole(t *testing.T, storage *s3test.Server, day string) {
	t.Helper()
	name := object(t, storage, day+".json")
	var m daily.Manifest
	if err := json.Unmarshal(storage.Object(t, name), &m); err != nil {
		t.Fatal(err)
	}
	if len(m.Files) != 3 {
		t.Errorf("the manifest has %d files, want 3", len(m.Files))
	}
	for _, f := range m.Files {
		content := storage.Object(t, path.Join(path.Dir(name), path.Base(f.Name)))
		if int64(len(content)) != f.Bytes || fmt.Sprintf("%x", sha256.Sum256(content)) != f.SHA256 {
			t.Errorf("%s: %d bytes are visible that are not the %d of the manifest", f.Name, len(content), f.Bytes)
		}
	}
}
