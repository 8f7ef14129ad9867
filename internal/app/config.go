// Package app builds the server from its settings, starts its parts in order
// and stops them in the opposite order. It alone knows all of them.
package app

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/store/duckdb"
	"playhead/internal/tracker"
	"playhead/internal/view"
)

// Config is every setting of the server. The tags are the one place of each
// setting's default and help, of its unit where that is bytes, and of whether it
// is a secret; `--a-b` is also PLAYHEAD_A_B and a-b in the settings file. The tag
// about is what a setting and those after it are about, for people.
type Config struct {
	DataDir        string `help:"Folder of everything that is kept." default:"data" type:"path" about:"Server"`
	Listen         string `help:"Address of the API, and of beacons unless ingest-listen is set." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	IngestListen   string `help:"Address of beacons alone, for the public." placeholder:"HOST:PORT"`
	IngestURL      string `name:"ingest-url" help:"URL that players reach beacons by, which the dashboard's snippets for players have; when empty, that of the API, with the port of ingest-listen if it is set." placeholder:"URL"`
	MaxConnections int    `help:"Connections that each address may have open; above, idle ones are closed, and if there are none, new ones get 503." default:"10000"`
	MaxStreams     int    `help:"Real-time streams that may be open at once, of one environment a quarter of them; never more than half of max-connections." default:"1000"`
	ProfListen     string `help:"Private address of Go's profiles; none when empty." placeholder:"HOST:PORT"`
	LogLevel       string `help:"debug, info, warn or error." default:"info"`
	LogFormat      string `help:"text or json." default:"text"`

	BootstrapEnvKey string `help:"On the first start: key of the environment 'default'. Random when empty." placeholder:"KEY" about:"First start"`
	BootstrapToken  string `help:"On the first start: a token with every permission. Random when empty." placeholder:"ID:SECRET" secret:"true"`

	ViewCompleteAfter time.Duration `help:"Silence after which a view is complete." default:"60s" about:"Views"`
	ViewFinalAfter    time.Duration `help:"Silence after which a view takes no more events." default:"60m"`
	ViewMaxAge        time.Duration `help:"Age at which a view ends although its player goes on; what that tells is another view. 0 is none." default:"24h"`
	MaxOpenViews      int           `help:"Views that may be open at once, in all environments together: above, those heard of the longest ago end early. 0 is as many as fit into a quarter of the machine's memory." default:"0"`

	PrivacyIP    string         `name:"privacy-ip" help:"What is kept of addresses in the raw log: nothing (drop), or the network (truncate, to /24 and /48)." enum:"drop,truncate" default:"truncate" about:"Addresses of viewers"`
	TrustedProxy []netip.Prefix `help:"Networks whose X-Forwarded-For is believed." placeholder:"CIDR"`
	GeoCountry   string         `help:"MMDB file to find countries by address." placeholder:"FILE"`
	GeoCity      string         `help:"MMDB file to find countries, regions and cities by address." placeholder:"FILE"`
	GeoASN       string         `help:"MMDB file to find networks by address." placeholder:"FILE"`

	RateLimit      float64 `help:"API requests per second that a token may send on average; 0 is any number." default:"0" about:"API"`
	RateLimitBurst int     `help:"API requests that a token may send at once, if there is a rate limit." default:"20"`

	JournalRetention time.Duration `help:"How long raw beacons are kept after they are in views." default:"168h" about:"Retention"`
	JournalMaxSize   int64         `help:"Bytes of raw beacons that are kept: beyond, the oldest go that are in views; 0 is any number." default:"0" unit:"bytes"`
	ViewRetention    time.Duration `help:"How long views are kept." default:"2400h"`
	EventRetention   time.Duration `help:"How long the events of views are kept." default:"336h"`

	StuckAfter     time.Duration `help:"Time that a write of views or of the journal may take before /readyz says that it is stuck." default:"30s" about:"Storage and memory"`
	FreeSpaceFloor int64         `help:"Bytes of the disk that stay free: below, beacons are refused." default:"1073741824" unit:"bytes"`
	JournalSegment int64         `help:"Bytes at which the next file of the journal is begun." default:"67108864" unit:"bytes"`
	SnapshotEvery  int64         `help:"Records of the journal after which the open views of one of 64 parts are written down, so that a start needs not read all that they are made of; 0 is never." default:"8192"`
	ViewsLog       int64         `help:"Bytes of the views' log at which it is merged into their file; more make restarts after a crash slower." default:"67108864" unit:"bytes"`
	IngestMemory   int64         `help:"Bytes of memory for beacons that are being received: above, they get 503 and come again." default:"268435456" unit:"bytes"`
	MemoryLimit    int64         `help:"Bytes of memory for queries; 0 is 40 % of the machine's." default:"0" unit:"bytes"`
	RealtimeMemory int64         `help:"Bytes of memory for what viewers did in the last 24 hours: above, real-time numbers do not go back as far." default:"536870912" unit:"bytes"`

	MetricsDimension string `help:"Dimension by which /metrics shows real-time numbers too, as cdn; none when empty." placeholder:"DIMENSION" about:"Prometheus"`

	PublicURL      string         `name:"public-url" help:"URL that people reach the server by, for links in notifications and to files of exports; when empty, the former have none, and the latter that of the request. Its path is taken off requests that have it." placeholder:"URL" about:"Notifications"`
	NotifyNetworks []netip.Prefix `help:"Networks that notifications and streams of exports may be sent to although they are not public; only to them http is used, and Kafka without TLS." placeholder:"CIDR"`
	SMTPAddress    string         `name:"smtp-address" help:"SMTP server for notifications by e-mail; none when empty." placeholder:"HOST:PORT"`
	SMTPFrom       string         `name:"smtp-from" help:"Address that e-mails come from." placeholder:"ADDRESS"`
	SMTPUsername   string         `name:"smtp-username" help:"Name to log in to the SMTP server with; none when empty." placeholder:"NAME"`
	SMTPPassword   string         `name:"smtp-password" help:"Password to log in to the SMTP server with: better in the environment or the settings file than on a command line." placeholder:"PASSWORD" secret:"true"`
	SMTPTLS        string         `name:"smtp-tls" help:"How the connection to the SMTP server is encrypted: starttls, tls (from the beginning) or none." enum:"starttls,tls,none" default:"starttls"`
	PagerDutyURL   string         `name:"pagerduty-url" help:"Where events for PagerDuty are sent: https://events.eu.pagerduty.com/v2/enqueue for accounts of the EU." default:"https://events.pagerduty.com/v2/enqueue" placeholder:"URL"`

	ExportDir       string        `help:"Folder of the files of days; exports in the data folder when empty." type:"path" placeholder:"DIR" about:"Exports"`
	ExportFormats   []string      `help:"Formats of the files of days: csv, parquet, ndjson." default:"csv,parquet,ndjson" placeholder:"FORMAT"`
	ExportVersion   int           `help:"Version of the columns in the files of days, from 2 to 17." default:"17"`
	ExportRetention time.Duration `help:"How long the files of a day are kept after its end; 0 is no files of days." default:"168h" about:"Retention"`

	ExportS3Bucket    string `name:"export-s3-bucket" help:"Bucket of the files of days, in object storage that speaks the protocol of S3; they are in a folder when empty." placeholder:"NAME" about:"Exports to object storage"`
	ExportS3Endpoint  string `name:"export-s3-endpoint" help:"Where the object storage is." default:"https://s3.amazonaws.com" placeholder:"URL"`
	ExportS3Region    string `name:"export-s3-region" help:"Region of the bucket; the object storage is asked when empty." placeholder:"NAME"`
	ExportS3Prefix    string `name:"export-s3-prefix" help:"Folder in the bucket; none when empty." placeholder:"NAME"`
	ExportS3AccessKey string `name:"export-s3-access-key" help:"Access key of the object storage; that of AWS_ACCESS_KEY_ID, of ~/.aws/credentials or of the machine's role when empty." placeholder:"KEY"`
	ExportS3SecretKey string `name:"export-s3-secret-key" help:"Its secret: better in the environment or the settings file than on a command line." placeholder:"SECRET" secret:"true"`

	ScoreSmoothnessQuality float64 `help:"Overall score: weight of smoothness against quality." default:"0.65" about:"Overall score"`
	ScoreSmoothnessStartup float64 `help:"Overall score: weight of smoothness against startup." default:"0.57"`
	ScoreStartupQuality    float64 `help:"Overall score: weight of startup against quality." default:"0.60"`
	ScorePower             float64 `help:"Overall score: exponent of the trade-offs; 1 is linear." default:"1"`
}

// Validate checks what a single setting cannot tell.
func (c *Config) Validate() error {
	switch {
	case c.DataDir == "":
		return fmt.Errorf("data-dir is empty: want a folder")
	case c.MaxConnections < 1:
		return fmt.Errorf("max-connections is %d: want at least 1", c.MaxConnections)
	case c.MaxStreams < 1:
		return fmt.Errorf("max-streams is %d: want at least 1", c.MaxStreams)
	case c.StuckAfter < time.Second:
		return fmt.Errorf("stuck-after is %s: want at least 1s", c.StuckAfter)
	case c.FreeSpaceFloor < 0:
		return fmt.Errorf("free-space-floor is %d: want 0 or more bytes", c.FreeSpaceFloor)
	case c.JournalSegment < 1<<16:
		return fmt.Errorf("journal-segment is %d: want at least 65536 bytes", c.JournalSegment)
	case c.JournalMaxSize < 0, c.JournalMaxSize > 0 && c.JournalMaxSize < 2*c.JournalSegment:
		return fmt.Errorf("journal-max-size is %d: want 0, or at least twice journal-segment, %d bytes", c.JournalMaxSize, 2*c.JournalSegment)
	case c.SnapshotEvery < 0:
		return fmt.Errorf("snapshot-every is %d: want 0 or more records", c.SnapshotEvery)
	case c.ViewsLog < 1<<16:
		return fmt.Errorf("views-log is %d: want at least 65536 bytes", c.ViewsLog)
	case c.MemoryLimit < 0:
		return fmt.Errorf("memory-limit is %d: want 0 or more bytes", c.MemoryLimit)
	case c.RealtimeMemory < minRealtimeMemory:
		return fmt.Errorf("realtime-memory is %d: want at least %d bytes", c.RealtimeMemory, minRealtimeMemory)
	case c.MetricsDimension != "" && !slices.Contains(realtimeDimensions(), c.MetricsDimension):
		return fmt.Errorf("metrics-dimension is %q: want none, or one of %s", c.MetricsDimension, strings.Join(realtimeDimensions(), ", "))
	case !(c.RateLimit >= 0) || math.IsInf(c.RateLimit, 1):
		return fmt.Errorf("rate-limit is %g: want 0 or more requests per second", c.RateLimit)
	case c.RateLimit > 0 && c.RateLimitBurst < 1:
		return fmt.Errorf("rate-limit-burst is %d: want 1 or more requests", c.RateLimitBurst)
	}
	if err := c.validateNotifying(); err != nil {
		return err
	}
	if err := c.validateExports(); err != nil {
		return err
	}
	tracking := c.tracking()
	if err := tracking.Validate(); err != nil {
		return err
	}
	for name, d := range map[string]time.Duration{
		"journal-retention": c.JournalRetention, "view-retention": c.ViewRetention, "event-retention": c.EventRetention,
	} {
		if d < c.ViewFinalAfter {
			return fmt.Errorf("%s is %s: want at least view-final-after, %s", name, d, c.ViewFinalAfter)
		}
	}
	return nil
}

// streams is how many streams may be open. Beacons may come by the same address.
func (c *Config) streams() int { return max(1, min(c.MaxStreams, c.MaxConnections/2)) }

// minRealtimeMemory is the least memory for what viewers did: a few thousand views.
const minRealtimeMemory = 1 << 20

// realtimeDimensions are the names of the dimensions of real-time numbers.
func realtimeDimensions() (names []string) {
	for _, d := range catalog.RealtimeDimensions {
		names = append(names, d.Name)
	}
	return names
}

// openViews is how many views may be open. One takes about 4 KiB.
func (c *Config) openViews() int {
	if memory := machineMemory(); c.MaxOpenViews == 0 && memory > 0 {
		return int(memory / 4 / (4 << 10))
	}
	if c.MaxOpenViews == 0 {
		return 500_000
	}
	return c.MaxOpenViews
}

// tracking is the settings of the tracker.
func (c *Config) tracking() tracker.Config {
	return tracker.Config{
		Rules: tracker.Rules{
			CompleteAfter: c.ViewCompleteAfter, FinalAfter: c.ViewFinalAfter, OutageAfter: 3 * tracker.TickEvery,
			Scoring: view.Scoring{
				SmoothnessOverQuality: c.ScoreSmoothnessQuality, SmoothnessOverStartup: c.ScoreSmoothnessStartup,
				StartupOverQuality: c.ScoreStartupQuality, Power: c.ScorePower,
			},
		},
		CommitEvery: time.Second, CommitViews: 2000, MaxOpenViews: c.openViews(), MaxAge: c.ViewMaxAge, SnapshotEvery: c.SnapshotEvery,
	}
}

// views is the settings of a file of views.
func (c *Config) views(path string) duckdb.Config {
	limit := c.MemoryLimit
	if limit == 0 {
		limit = machineMemory() * 2 / 5
	}
	return duckdb.Config{Path: path, MemoryLimit: limit, FreeSpaceFloor: c.FreeSpaceFloor / 2, LogBytes: c.ViewsLog}
}
