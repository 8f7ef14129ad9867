package app

import (
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/api"
)

func TestSettings(t *testing.T) {
	c := Config{
		ViewRetention: 48 * time.Hour, ViewFinalAfter: time.Hour, ViewCompleteAfter: 90 * time.Second, JournalRetention: 168 * time.Hour,
		ScoreStartupQuality: 0.6, TrustedProxy: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		SMTPPassword: "hunter2", BootstrapToken: "id:s3cret", ExportS3SecretKey: "wonderful", ExportS3Endpoint: "https://me:hush@store.example.com",
		FreeSpaceFloor: 1 << 30, ExportFormats: []string{"csv"},
	}
	by := map[string]api.Setting{}
	for _, s := range c.Settings() {
		for _, secret := range []string{"hunter2", "s3cret", "wonderful", "hush"} {
			if strings.Contains(s.Value, secret) {
				t.Errorf("%s shows %q", s.Name, s.Value)
			}
		}
		if s.Group == "" || s.Help == "" {
			t.Errorf("%s: group %q, help %q", s.Name, s.Group, s.Help)
		}
		s.Help = ""
		by[s.Name] = s
	}
	for _, want := range []api.Setting{
		{Name: "view-retention", Variable: "PLAYHEAD_VIEW_RETENTION", Group: "Retention", Type: "duration", Value: "48h", Default: "2400h", Set: true},
		{Name: "view-final-after", Variable: "PLAYHEAD_VIEW_FINAL_AFTER", Group: "Views", Type: "duration", Value: "1h", Default: "1h"},
		{Name: "view-complete-after", Variable: "PLAYHEAD_VIEW_COMPLETE_AFTER", Group: "Views", Type: "duration", Value: "1m30s", Default: "1m", Set: true},
		{Name: "score-startup-quality", Variable: "PLAYHEAD_SCORE_STARTUP_QUALITY", Group: "Overall score", Type: "number", Value: "0.6", Default: "0.6"},
		{Name: "trusted-proxy", Variable: "PLAYHEAD_TRUSTED_PROXY", Group: "Addresses of viewers", Type: "list", Value: "10.0.0.0/8,::1/128", Set: true},
		{Name: "smtp-password", Variable: "PLAYHEAD_SMTP_PASSWORD", Group: "Notifications", Type: "text", Set: true, Secret: true},
		{Name: "free-space-floor", Variable: "PLAYHEAD_FREE_SPACE_FLOOR", Group: "Storage and memory", Type: "bytes", Value: "1073741824", Default: "1073741824"},
		{Name: "export-formats", Variable: "PLAYHEAD_EXPORT_FORMATS", Group: "Exports", Type: "list", Value: "csv", Default: "csv,parquet,ndjson", Set: true},
		{Name: "export-s3-endpoint", Variable: "PLAYHEAD_EXPORT_S3_ENDPOINT", Group: "Exports to object storage", Type: "text", Value: "https://me:xxxxx@store.example.com", Default: "https://s3.amazonaws.com", Set: true},
	} {
		if diff := cmp.Diff(want, by[want.Name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Name, diff)
		}
	}
}

// TestSecretsAreMarked: a setting that is called like a secret is one.
func TestSecretsAreMarked(t *testing.T) {
	secret, n := regexp.MustCompile(`password|secret|token`), 0
	for _, s := range (&Config{}).Settings() {
		if secret.MatchString(s.Name) {
			n++
			if !s.Secret {
				t.Errorf("%s would be shown to whoever may read settings", s.Name)
			}
		}
	}
	if n < 3 {
		t.Errorf("%d settings are called like secrets, want 3 or more", n)
	}
}

// TestIngestURL: where players are told to send beacons.
func TestIngestURL(t *testing.T) {
	for _, tt := range []struct{ setting, listen, at, base, want string }{
		{"", "", "http://127.0.0.1:8080", "https://example.com/playhead", "https://example.com/playhead"},
		{"", "0.0.0.0:8081", "http://localhost:8081", "https://example.com", "http://example.com:8081"},
		{"", "0.0.0.0:8081", "http://localhost:8081", "http://[::1]:8080", "http://[::1]:8081"},
		{"https://in.example.com/", "0.0.0.0:8081", "http://localhost:8081", "https://example.com", "https://in.example.com"},
	} {
		a := &App{cfg: Config{IngestURL: tt.setting, IngestListen: tt.listen}, ingestURL: tt.at}
		if got := (ingest{a}).URL(tt.base); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}
