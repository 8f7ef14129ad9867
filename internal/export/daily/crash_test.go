package daily

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/export"
	"playhead/internal/meta"
	"playhead/internal/view"
)

// killed is what a process dies with in the middle of something.
type killed struct{}

// machine plays a server for some days with a store whose views change, and kills it.
type machine struct {
	*world
	shelf *shelf
	left  int // steps until it is killed; below 0: it is not
}

func newMachine(t *rapid.T, staging string) *machine {
	m := &machine{shelf: newShelf(), left: -1}
	m.world = &world{
		store: &fakeStore{}, records: &fakeRecords{}, to: m.shelf, rules: defaultRules, staging: staging,
		now: time.Date(2026, 10, 4, 3, 0, 0, 0, time.UTC), free: 1 << 40,
	}
	step := func() {
		if m.left--; m.left == -1 {
			panic(killed{})
		}
	}
	m.shelf.step = func(string) { step() }
	m.store.during = func(int, *view.View) { step() }
	m.records.step = step
	m.restart(t)
	return m
}

// roundOrDeath plays a round, in which the process may die after some steps.
func (m *machine) roundOrDeath(t *rapid.T, after int) {
	defer func() {
		if r := recover(); r == (killed{}) {
			m.left = -1
			m.restart(t)
		} else if r != nil {
			panic(r)
		}
	}()
	m.left = after
	m.round(t)
	m.left = -1
}

// wantWhole checks that each file that is visible was written to its end.
func (m *machine) wantWhole(t *rapid.T) {
	for name, text := range m.shelf.files {
		if strings.HasSuffix(name, ".json") {
			if !strings.HasSuffix(text, "}\n") {
				t.Fatalf("%s is half: %q", name, text)
			}
			continue
		}
		rows := strings.Count(text, "\n") - 2
		if !strings.HasSuffix(text, fmt.Sprintf("\n%d rows\n", rows)) {
			t.Fatalf("%s is half: %q", name, text)
		}
	}
}

// act draws something that happens.
func (m *machine) act(t *rapid.T) {
	day := rapid.IntRange(1, 12).Draw(t, "day")
	switch what := rapid.SampledFrom([]string{
		"view", "view", "view", "view", "minutes", "minutes", "hours", "hours", "day", "round", "round", "round", "kill", "kill", "kill", "kill",
		"restart", "lost", "forget", "down", "records", "rules", "deaf",
	}).Draw(t, "what"); what {
	case "view":
		end := time.Date(2026, 10, day, rapid.IntRange(0, 23).Draw(t, "hour"), 0, 0, 0, time.UTC)
		m.store.put(rapid.SampledFrom([]string{"shop", "news", "unknown"}).Draw(t, "env"), byte(rapid.IntRange(0, 9).Draw(t, "id")), end, fmt.Sprint(m.store.record))
	case "minutes":
		m.now = m.now.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "minutes")) * time.Minute)
	case "hours":
		m.now = m.now.Add(time.Duration(rapid.IntRange(1, 5).Draw(t, "hours")) * time.Hour)
	case "day":
		m.now = m.now.Add(dayLength)
	case "round":
		m.roundOrDeath(t, -1)
	case "kill":
		m.roundOrDeath(t, rapid.IntRange(0, 25).Draw(t, "after"))
	case "restart":
		m.restart(t)
	case "lost": // as when a backup is restored
		if names := m.shelf.names(); len(names) > 0 {
			delete(m.shelf.files, rapid.SampledFrom(names).Draw(t, "file"))
			m.restart(t)
		}
	case "forget": // as an import does
		for k, d := range m.records.days {
			if d.Day == fmt.Sprintf("2026-10-%02d", day) {
				d.Views = -1
				m.records.days[k] = d
			}
		}
		m.restart(t)
	case "down":
		m.shelf.fails = rapid.SampledFrom([]error{nil, errDown}).Draw(t, "down")
	case "records":
		m.records.fails = rapid.SampledFrom([]error{nil, errDown}).Draw(t, "records")
	case "rules":
		m.rules.Version = rapid.SampledFrom([]int{9, 17}).Draw(t, "version")
		m.rules.Formats = rapid.SampledFrom([][]export.Format{{export.CSV}, {export.Parquet, export.NDJSON}, export.Formats}).Draw(t, "formats")
		m.restart(t)
	case "deaf":
		m.deaf = rapid.Bool().Draw(t, "deaf")
	}
}

var errDown = fmt.Errorf("it is down")

// settle lets everything be well again, and time go by until nothing more is to be done.
func (m *machine) settle(t *rapid.T) {
	m.shelf.fails, m.records.fails, m.deaf = nil, nil, false
	m.restart(t)
	for range 10 {
		m.round(t)
		m.now = m.now.Add(time.Hour)
	}
	m.round(t)
}

// want are the files that have to be there when all is settled.
func (m *machine) want(t *rapid.T) map[string]string {
	all := map[string]string{}
	for _, env := range []string{"shop", "news"} {
		for n := range 31 {
			start := time.Date(2026, 10, n+1, 0, 0, 0, 0, time.UTC)
			k := key{env, start.Format(time.DateOnly)}
			var views []*view.View
			for v, err := range m.store.Export(t.Context(), scopeOf(k, start)) {
				if err != nil {
					t.Fatal(err)
				}
				views = append(views, v)
			}
			_, issued := m.records.days[k]
			if end := start.Add(dayLength); m.now.Before(end.Add(m.rules.FinalAfter+slack)) || !m.now.Before(end.Add(m.rules.Retention)) || len(views) == 0 && !issued {
				continue
			}
			for _, f := range m.rules.Formats {
				var text strings.Builder
				w, err := newLines(f, &text, export.Options{Version: m.rules.Version, Property: int64(len(env)), Gzip: f != export.Parquet})
				if err != nil {
					t.Fatal(err)
				}
				for _, v := range views {
					_ = w.Write(v)
				}
				_ = w.Close()
				all[FileName(env, k.day, f)] = text.String()
			}
		}
	}
	return all
}

// TestWhateverHappens: a server is killed at any moment, files are lost, settings change,
// the destination and the records fail, and views change all the time. No half file is
// ever visible, and in the end the files are what the store has, and no others.
func TestWhateverHappens(t *testing.T) {
	staging := t.TempDir()
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		m := newMachine(t, fmt.Sprintf("%s/%d", staging, runs))
		for range rapid.IntRange(1, 60).Draw(t, "acts") {
			m.act(t)
			m.wantWhole(t)
		}
		m.settle(t)
		want := m.want(t)
		got := map[string]string{}
		var manifests []string
		for name, text := range m.shelf.files {
			if strings.HasSuffix(name, ".json") {
				manifests = append(manifests, name)
				continue
			}
			got[name] = text
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("files at %s (-want +got):\n%s\nthe log:\n%s", m.now, diff, m.log.String())
		}
		var days []string
		for k, d := range m.records.days {
			if k.environment == "unknown" {
				t.Fatalf("a day of nobody was issued: %+v", d)
			}
			days = append(days, ManifestName(k.environment, k.day))
			m.wantManifest(t, d)
		}
		slices.Sort(days)
		slices.Sort(manifests)
		if diff := cmp.Diff(days, manifests); diff != "" {
			t.Fatalf("manifests of the days of the records (-want +got):\n%s", diff)
		}
		if len(m.daily.pending) > 0 {
			t.Fatalf("staged still: %v", m.daily.pending)
		}
	})
}

// wantManifest checks the manifest of a day against the records and the files.
func (m *machine) wantManifest(t *rapid.T, d meta.ExportDay) {
	text, err := manifestOf(&d, int64(len(d.EnvironmentID)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(text), m.shelf.files[ManifestName(d.EnvironmentID, d.Day)]); diff != "" {
		t.Fatalf("manifest (-want +got):\n%s", diff)
	}
	for _, f := range d.Files {
		if got := m.shelf.files[f.Name]; int64(len(got)) != f.Bytes {
			t.Fatalf("%s has %d bytes, the records say %d", f.Name, len(got), f.Bytes)
		}
	}
}
