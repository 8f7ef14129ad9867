package tracker_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"

	"playhead/internal/beacon"
	"playhead/internal/beacon/mux"
	"playhead/internal/enrich"
	"playhead/internal/event"
	"playhead/internal/journal"
	"playhead/internal/recording"
	"playhead/internal/tracker"
	"playhead/internal/view"
	"playhead/internal/view/viewtest"
)

// FuzzPath takes a body all the way that beacons go: it is received, cut into
// records, read from them, folded into views and written as documents. Whatever
// it holds, it is answered with 200, what was stored can be read, its views are
// what views may be, and sent again they stay the same.
func FuzzPath(f *testing.F) {
	for _, name := range recording.Names(f)[:12] {
		for _, r := range recording.Posts(f, name) {
			f.Add([]byte(r.Body), r.Headers["user-agent"])
		}
	}
	for _, body := range hostileBodies {
		f.Add([]byte(body), "")
	}
	places, err := enrich.New(enrich.Config{})
	if err != nil {
		f.Fatal(err)
	}
	p := &path{places: places}
	f.Fuzz(p.check)
}

// hostileBodies are what the fuzzer begins with beside recorded ones.
var hostileBodies = []string{
	`{"metadata":{"transmission_timestamp":1e300,"rtt_ms":"x"},"events":[{"ake":"a","xid":"v","xsqno":9223372036854775808,"uti":"-1","e":"viewstart","xwati":"NaN","vtt":"\ud800"}]}`,
	`{"events":[{"ake":"a","xid":"v","x_id_":"w","e":"play"},{"ake":"b","xid":"v","e":"viewend","xsqno":1},{"xid":"v"}],"events":[{"ake":"a","xid":"w","e":"error","percd":{"a":[]},"persy":"warning"}]}`,
	`{"events":[{"ake":"a","xid":"v","xsqno":1,"e":"adplaying","did":1},{"ake":"a","xid":"v","xsqno":1,"e":"renditionchange","vsobi":1e308,"vsowd":-0},{"ake":"a","pinid":"p","e":"hb"}]}`,
	`{"events":[{"ake":"a","xid":"v","xsqno":1,"e":"viewstart","vpbrg":"['0:1000']","udv_orientation_":[1,2,3]},{"ake":"a","xid":"v","xsqno":3,"e":"orientationchange","xdvor":{"x":{},"y":null}}]}`,
}

// TestPath takes bodies that are right as JSON, and odd in what they say.
func TestPath(t *testing.T) {
	places, err := enrich.New(enrich.Config{})
	if err != nil {
		t.Fatal(err)
	}
	p, drawn := &path{places: places}, bodies()
	rapid.Check(t, func(rt *rapid.T) {
		p.check(t, []byte(drawn.Draw(rt, "body")), "")
		if t.Failed() {
			rt.FailNow()
		}
	})
}

// bodies draws JSON of the shape of a beacon.
func bodies() *rapid.Generator[string] {
	keys := []string{"ake", "xid", "xsqno", "uti", "e", "pphti", "pinid", "x_id_", "a_ke_", "zzz", "", "c_1_", "xid "}
	for f := range event.Field(event.Count()) {
		keys = append(keys, mux.EncodeKey(f.Name()))
	}
	kinds := []string{`"viewstart"`, `"viewstart"`, `"play"`, `"playing"`, `"viewend"`, `"error"`, `"renditionchange"`, `"requestcompleted"`, `"adplay"`, `"rebufferstart"`, `"rebufferend"`}
	values := slices.Concat(kinds, []string{
		`0`, `-0`, `1`, `2`, `3`, `-1`, `0.5`, `1e308`, `1e-320`, `1e309`, `9007199254740993`, `9223372036854775808`, `1700000000000`, `1700000005000`, `"1700000001000"`,
		`"NaN"`, `"-Infinity"`, `""`, `"a"`, `"true"`, `"warning"`, `"media"`, `"pip"`, `"\ud83d"`, `"\u001e\u001f\u0000"`, "\"\xff\"",
		`true`, `false`, `null`, `{}`, `[]`, `{"x":{"y":1e999}}`, `["0:1000","5:"]`, `"[\"0:1000\",\"2000:3000\"]"`,
	})
	member := rapid.Custom(func(t *rapid.T) string {
		return fmt.Sprintf("%q:%s", rapid.SampledFrom(keys).Draw(t, "key"), rapid.SampledFrom(values).Draw(t, "value"))
	})
	one := rapid.Custom(func(t *rapid.T) string {
		return fmt.Sprintf(`{"ake":"a","xid":"%d","xsqno":%d,"uti":%d,"e":%s,%s}`, rapid.IntRange(1, 2).Draw(t, "view"), rapid.IntRange(0, 9).Draw(t, "number"),
			now+rapid.Int64Range(-9000, 9000).Draw(t, "time"), rapid.SampledFrom(kinds).Draw(t, "kind"), strings.Join(rapid.SliceOfN(member, 1, 8).Draw(t, "members"), ","))
	})
	return rapid.Map(rapid.SliceOfN(one, 1, 12), func(events []string) string {
		return `{"metadata":{"transmission_timestamp":1700000000000},"events":[` + strings.Join(events, ",") + `]}`
	})
}

// path is the way of beacons, without a disk.
type path struct {
	places  *enrich.Enricher
	records []journal.Record
}

// check sends a body from a browser, once and twice.
func (p *path) check(t *testing.T, body []byte, agent string) {
	records := p.post(t, body, agent)
	documents := p.fold(t, records)
	again := p.post(t, body, agent)
	slices.Reverse(again)
	if diff := cmp.Diff(documents, p.fold(t, slices.Concat(records, again))); diff != "" {
		t.Errorf("sent again (-once, +twice):\n%s", diff)
	}
}

// now is when all bodies are received.
const now = 1_700_000_000_000

// EnvironmentByKey implements beacon.Environments: nearly every key is one.
func (p *path) EnvironmentByKey(key string) (string, bool) {
	return "env " + key, key != "b" && len(key) < 65
}

// Categorises implements beacon.Categories.
func (p *path) Categorises(environment string) bool { return environment == "env a" }

// ErrorCategory implements beacon.Categories.
func (p *path) ErrorCategory(_, code string) (event.Category, bool) {
	return event.Category{Code: code, Warning: len(code)%2 == 0}, len(code) < 3
}

// Append implements journal.Appender.
func (p *path) Append(_ context.Context, records ...journal.Record) error {
	for _, r := range records {
		r.Offset, r.Data = int64(len(p.records)), bytes.Clone(r.Data)
		p.records = append(p.records, r)
	}
	return nil
}

// post sends a body, and returns the records that are made of it.
func (p *path) post(t *testing.T, body []byte, agent string) []journal.Record {
	t.Helper()
	p.records = nil
	h, err := beacon.New(beacon.Config{
		PrivacyIP: beacon.Truncate, Environments: p, Categories: p, Journal: p, Enricher: p.places,
		Format:     beacon.Format{Name: mux.Name, Split: mux.Split, ErrorCodes: mux.ErrorCodes},
		Clock:      func() time.Time { return time.UnixMilli(now) },
		Logger:     slog.New(slog.DiscardHandler),
		Registerer: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", bytes.NewReader(body))
	r.Header.Set("User-Agent", agent)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK || w.Body.Len() > 0 {
		t.Fatalf("answered with %d %q", w.Code, w.Body)
	}
	return p.records
}

// fold returns the documents of the views that records make.
func (p *path) fold(t *testing.T, records []journal.Record) map[string]string {
	t.Helper()
	f := tracker.NewFinalFold(tracker.Rules{CompleteAfter: time.Minute, FinalAfter: time.Hour}, decode)
	f.Watch()
	watches := map[view.ID]view.Watch{}
	muchLater := journal.Record{Time: now + 2*time.Hour.Milliseconds()}
	for i, r := range append(slices.Clone(records), muchLater) {
		r.Offset = int64(i)
		if _, err := f.Add(r); err != nil || r.Partition >= journal.Partitions {
			t.Fatalf("record of partition %d: %v", r.Partition, err)
		}
		list, bugs := f.News(nil, 1<<20)
		if len(bugs) > 0 {
			t.Fatal(bugs)
		}
		for _, w := range list {
			watches[w.ID] = w
		}
	}
	b, err := f.Batch(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	documents := map[string]string{}
	for _, v := range b.Views {
		if err := viewtest.Check(v); err != nil {
			t.Errorf("view %s: %v", v.ID, err)
		}
		if diff := cmp.Diff(v.Watch(), watches[v.ID], cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("what was told of view %s (-stored, +told):\n%s", v.ID, diff)
		}
		documents[v.ID.String()] = strings.ReplaceAll(viewtest.WithoutRecord(viewtest.Document(v)), `,"`, ",\n\"")
	}
	if len(documents) != len(b.Views) {
		t.Errorf("%d views have %d ids", len(b.Views), len(documents))
	}
	return documents
}

// decode reads what post stored, all of it.
func decode(b *event.Beacon) ([]event.Event, error) {
	events, stats, err := mux.Decode(b)
	if err == nil && len(events) == 0 {
		return nil, fmt.Errorf("a record without events: %+v", stats)
	}
	b.Categorise(events)
	return events, err
}
