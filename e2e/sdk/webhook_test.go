package sdk

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/e2e/harness"
)

// verdicts are what the client's helper says of a delivery: the type of the
// event if it accepts it, else why not.
type verdicts struct {
	BySecret                          map[string]string
	OtherBody, OtherTime, NoSignature string
}

// TestWebhookSignatures has notifications checked by the public client's own
// helper: before, while and after the secret is rotated.
func TestWebhookSignatures(t *testing.T) {
	server := harness.Start(t, harness.Setting)
	receiver := harness.ReceiveWebhooks(t, nil)
	channel, err := harness.CreateWebhook(server, receiver)
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string]string{"first": channel.Secret, "other": "nobody's"}
	send := func(want int) {
		t.Helper()
		if _, err := harness.Write[any](server, http.MethodPost, "/data/v1/notification-channels/"+channel.ID+"/test", nil); err != nil {
			t.Fatal(err)
		}
		harness.Eventually(t, 20*time.Second, func() error {
			if n := len(receiver.Deliveries()); n != want {
				return fmt.Errorf("%d deliveries have come; want %d", n, want)
			}
			return nil
		})
	}
	rotate := func(name string) {
		t.Helper()
		rotated, err := harness.Write[harness.Channel](server, http.MethodPost, "/data/v1/notification-channels/"+channel.ID+"/rotate-secret", nil)
		if err != nil || rotated.Secret == "" {
			t.Fatalf("rotated to %q, error %v", rotated.Secret, err)
		}
		secrets[name] = rotated.Secret
	}
	send(1)
	rotate("second")
	send(2)
	rotate("third") // the first one is no more
	send(3)

	got := decode[[]verdicts](t, node(t, "verify.mjs", settings(t, server, map[string]any{"deliveries": receiver.Deliveries(), "secrets": secrets})))
	const accepted, refused = "incident.test incident", "No signatures found matching the expected signature for payload."
	never := verdicts{OtherBody: refused, OtherTime: refused, NoSignature: "No v1 signatures found"}
	want := []verdicts{never, never, never}
	want[0].BySecret = map[string]string{"first": accepted, "second": refused, "third": refused, "other": refused}
	want[1].BySecret = map[string]string{"first": accepted, "second": accepted, "third": refused, "other": refused}
	want[2].BySecret = map[string]string{"first": refused, "second": accepted, "third": accepted, "other": refused}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("verify.mjs (-want +got):\n%s", diff)
	}
}
