package sdk

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"playhead/e2e/harness"
	"playhead/internal/api"
	"playhead/internal/reference"
)

// command is an example of the reference: its method, body and URL.
var command = regexp.MustCompile(`^curl -sgN?( -u \$TOKEN)?(?: -X (\w+))?(?: -d '([^']+)')? "\$PLAYHEAD([^"]+)"$`)

// refusals are how operations answer whose examples have signatures or secrets,
// which cannot be made up.
var refusals = map[string]int{
	"get-counts": http.StatusForbidden, "get-export-file": http.StatusForbidden, "begin-session": http.StatusUnauthorized,
}

// TestExamples runs the examples of the reference: what they name need not be
// there, but nothing may be wrong with them.
func TestExamples(t *testing.T) {
	server := harness.Start(t)
	for _, g := range reference.NewModel(api.Document()).Groups {
		for _, o := range g.Operations {
			parts := command.FindStringSubmatch(o.Example)
			if parts == nil {
				t.Errorf("%s: the example has another form: %s", o.ID, o.Example)
				continue
			}
			req, err := http.NewRequestWithContext(t.Context(), o.Method, server.API+parts[4], strings.NewReader(parts[3]))
			if err != nil {
				t.Fatal(err)
			}
			if parts[1] != "" {
				req.SetBasicAuth(harness.TokenID, harness.TokenSecret)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			secret := refusals[o.ID] != 0 && res.StatusCode == refusals[o.ID]
			if ok := res.StatusCode/100 == 2 || res.StatusCode == http.StatusNotFound || secret; !ok || parts[2] != strings.TrimPrefix(o.Method, "GET") {
				t.Errorf("%s: status %d", o.Example, res.StatusCode)
			}
		}
	}
}
