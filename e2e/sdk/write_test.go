package sdk

import (
	"fmt"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/e2e/harness"
)

// TestWriting runs write.mjs. Its answers are compared with testdata/write.json,
// which is written by hand; what differs each time has a name there.
func TestWriting(t *testing.T) {
	server, limited := harness.Start(t), harness.Start(t, "--rate-limit", "0.01", "--rate-limit-burst", "1")
	watch(t, server, "film")
	want := golden[any](t, "write.json")
	got := decode[any](t, named(node(t, "write.mjs", settings(t, server, map[string]any{"limitedURL": limited.API}))))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("write.mjs (-want +got):\n%s", diff)
	}
}

// watch has a player begin to play a video and waits until it is known.
func watch(t *testing.T, server *harness.Server, videoID string) {
	t.Helper()
	recording, err := harness.Record(t, "07_hls_abr").Rewrite(time.Now(), func(event map[string]any) { event["vid"] = videoID })
	if err != nil {
		t.Fatal(err)
	}
	for _, request := range recording[:3] {
		if status, err := harness.Post(server.Ingest, request); err != nil || status != 200 {
			t.Fatalf("beacon: status %d, error %v; want 200", status, err)
		}
	}
	harness.Eventually(t, 20*time.Second, func() error {
		list, err := harness.Get[[]row](server, "/data/v1/video-views", url.Values{"in_progress": {"true"}, "filters[]": {"video_id:" + videoID}})
		if err == nil && len(list.Data) != 1 {
			err = fmt.Errorf("%d views are in progress; want 1", len(list.Data))
		}
		return err
	})
}

// named gives names to what is random or of the moment: ids become "uuid 1",
// "uuid 2" and so on in the order that they first come.
func named(answers []byte) []byte {
	for _, kind := range []struct{ name, pattern string }{
		{"uuid", `"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"`},
		{"key", `"[a-z2-7]{26}"`},
		{"seconds", `"1[0-9]{9}"`},
		{"now", `"202[6-9]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"`},
	} {
		names := map[string]string{}
		answers = regexp.MustCompile(kind.pattern).ReplaceAllFunc(answers, func(id []byte) []byte {
			if names[string(id)] == "" {
				names[string(id)] = fmt.Sprintf(`"%s %d"`, kind.name, len(names)+1)
			}
			return []byte(names[string(id)])
		})
	}
	return answers
}
