package simulate

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseFault(t *testing.T) {
	for text, want := range map[string]Fault{
		"cdn=skyhop,country=DE:fail=0.6@10m+20m": {
			From: 10 * time.Minute, To: 30 * time.Minute, Whom: Whom{{"cdn", "skyhop"}, {"country", "DE"}}, Fail: 0.6,
		},
		"all:rush=3@5m+1m":                    {From: 5 * time.Minute, To: 6 * time.Minute, Rush: 3},
		"title=bread:fail=0.3,code=3":         {Whom: Whom{{"title", "bread"}}, Fail: 0.3, Code: "3"},
		"release=5.3.1:slow=2.5,stall=4@1d2h": {From: 26 * time.Hour, Whom: Whom{{"release", "5.3.1"}}, Slow: 2.5, Stall: 4},
		"device=tv:nostart=1,code=CERT@0s+3d": {To: 72 * time.Hour, Whom: Whom{{"device", "tv"}}, NoStart: 1, Code: "CERT"},
		"asn=3320,series=Cold Water:bitrate=0.25": {
			Whom: Whom{{"asn", "3320"}, {"series", "Cold Water"}}, Bitrate: 0.25,
		},
	} {
		got, err := ParseFault(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// TestDocumentedFaults: the faults that the documentation shows are right.
func TestDocumentedFaults(t *testing.T) {
	text, err := os.ReadFile("../../docs/simulator.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); strings.HasPrefix(line, "    ") && strings.Contains(words[0], ":") && !strings.HasPrefix(words[0], "{") {
			n++
			if _, err := ParseFault(words[0]); err != nil {
				t.Error(err)
			}
		}
	}
	if n < 6 {
		t.Errorf("%d faults are shown, want 6", n)
	}
}

// TestFaultErrors: what is wrong is told with what would be right.
func TestFaultErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "there is no colon: want WHOM:WHAT@FROM+LENGTH",
		"cdn=skyhop":           "there is no colon",
		"cdn=fastly:fail=1":    `cdn is "fastly": want one of northlight, skyhop, harbor`,
		"colour=red:fail=1":    `"colour": want one of cdn, country, asn`,
		"everybody:fail=1":     `"everybody" is no condition`,
		"all:fail=1.5":         `fail is "1.5": want a number above 0, at most 1`,
		"all:fail=NaN":         `fail is "NaN": want a number above 0`,
		"all:slow=0":           `slow is "0": want a number above 0, at most 100`,
		"all:explode=1":        `"explode": want one of nostart, fail, slow, stall, bitrate, rush, code`,
		"all:fail":             `"fail" has no value`,
		"all:code=5":           "nothing happens: want one of nostart",
		"all:rush=0.5":         "rush is 0.5: want at least 1",
		"all:fail=1@tomorrow":  `"tomorrow" is no time: want one like 90s, 10m, 3h or 3d12h`,
		"all:fail=1@10m+0s":    "it lasts no time",
		"all:fail=1@10m+-5m":   `"-5m" is no time`,
		"all:fail=1@50000d+1d": `"50000d" is too long`,
		"all:fail=1@":          `"" is no time`,
	} {
		_, err := ParseFault(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", text, err, want)
		}
	}
}

// FuzzFault: whatever is read is written so that it is read again as the same.
func FuzzFault(f *testing.F) {
	for _, text := range []string{
		"cdn=skyhop,country=DE:fail=0.6,code=503@10m+20m", "all:rush=3", "title=bread:slow=1e1,stall=4@1d2h3m4.5s+0.001s", "all:bitrate=0.5@3d",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fault, err := ParseFault(text)
		if err != nil {
			return
		}
		again, err := ParseFault(fault.String())
		if err != nil {
			t.Fatalf("%q is written as %q: %v", text, fault, err)
		}
		if diff := cmp.Diff(fault, again); diff != "" {
			t.Errorf("%q is written as %q (-want +got):\n%s", text, fault, diff)
		}
	})
}

// TestFaultEffects plays the same viewers with and without faults, and looks at
// those who are meant and at the others, at the time and after it.
func TestFaultEffects(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing is concurrent here: make unit plays it")
	}
	share := func(of func(*Truth) bool) func([]Truth) float64 {
		return func(views []Truth) float64 {
			n := 0
			for i := range views {
				if of(&views[i]) {
					n++
				}
			}
			return float64(n) / float64(len(views))
		}
	}
	mean := func(of func(*Truth) float64) func([]Truth) float64 {
		return func(views []Truth) float64 {
			sum, n := 0.0, 0
			for i := range views {
				if x := of(&views[i]); x >= 0 {
					sum, n = sum+x, n+1
				}
			}
			return sum / float64(n)
		}
	}
	perMinute := func(v *Truth) float64 {
		if v.PlayingTime == 0 {
			return -1
		}
		return float64(v.RebufferCount) / (float64(v.PlayingTime) / minute)
	}
	startup := func(v *Truth) float64 {
		if v.StartupTime == nil || v.Breaks > 0 {
			return -1
		}
		return float64(*v.StartupTime)
	}
	bitrate := func(v *Truth) float64 {
		if v.Bitrate == nil {
			return -1
		}
		return *v.Bitrate
	}
	skyhop := func(v *Truth) bool { return v.CDNTrace[0] == "skyhop" }
	for _, test := range []struct {
		fault      string
		meant      func(*Truth) bool
		of         func([]Truth) float64
		low, high  float64 // of those who are meant
		than, most float64 // of the others, and after it
	}{
		{"cdn=skyhop:nostart=0.6,code=503", skyhop, share(func(v *Truth) bool { return v.ErrorCode == "503" }), 0.55, 0.65, 0, 0},
		{"cdn=skyhop:fail=0.7,code=504", skyhop, share(func(v *Truth) bool { return v.Failure && !v.StartupFailure && v.ErrorCode == "504" }), 0.5, 0.7, 0, 0},
		{"country=DE:slow=4", func(v *Truth) bool { return v.Country == "DE" }, mean(startup), 2200, 5000, 500, 2000},
		{"device=tv:stall=30", func(v *Truth) bool { return v.Device == "tv" }, mean(perMinute), 1.5, 30, 0, 0.8},
		{"stream=live:bitrate=0.05", func(v *Truth) bool { return v.StreamType == "live" }, mean(bitrate), 400_000, 1_500_000, 1_600_000, 9e6},
	} {
		t.Run(test.fault, func(t *testing.T) {
			fault, err := ParseFault(test.fault + "@1h+2h")
			if err != nil {
				t.Fatal(err)
			}
			w := &World{Seed: 8, Start: begin, Faults: []Fault{fault}, Brief: true}
			var meant, others, later []Truth
			for s := range w.views(begin, begin.Add(5*time.Hour), 8000) {
				v := s.truth()
				since := time.UnixMilli(v.Start).Sub(begin)
				switch {
				case since > 3*time.Hour && test.meant(&v):
					later = append(later, v)
				case since < time.Hour || since > 2*time.Hour+30*time.Minute:
				case test.meant(&v):
					meant = append(meant, v)
				default:
					others = append(others, v)
				}
			}
			if got := test.of(meant); got < test.low || got > test.high {
				t.Errorf("of the %d who are meant: %v, want %v to %v", len(meant), got, test.low, test.high)
			}
			if got := test.of(others); got < test.than || got > test.most {
				t.Errorf("of the %d others: %v, want %v to %v", len(others), got, test.than, test.most)
			}
			if got := test.of(later); got < test.than || got > test.most {
				t.Errorf("of the %d later ones: %v, want %v to %v", len(later), got, test.than, test.most)
			}
		})
	}
}

// TestRunningViewsFail: a fault also ends views that began before it.
func TestRunningViewsFail(t *testing.T) {
	fault, err := ParseFault("all:fail=1,code=504@10m+5m")
	if err != nil {
		t.Fatal(err)
	}
	w := &World{Seed: 8, Start: begin, Faults: []Fault{fault}}
	from, to := begin.Add(10*time.Minute).UnixMilli(), begin.Add(15*time.Minute).UnixMilli()
	failed := 0
	for s := range w.arrivals(300, begin.Add(10*time.Minute)) {
		v := s.truth()
		if v.ErrorCode == "504" {
			failed++
		}
		for _, is := range v.States { // ads at the start take most of a minute
			switch at := time.UnixMilli(is.At); {
			case is.State == Failed && v.ErrorCode == "504" && (is.At < from || is.At >= to):
				t.Errorf("view %s failed at %s, want it within the fault", v.ViewID, at)
			case is.State == Playing && is.Bitrate > 0 && is.At > from+minute && is.At < to:
				t.Errorf("view %s plays at %s", v.ViewID, at)
			}
		}
	}
	if failed < 150 {
		t.Errorf("%d views failed, want most of those of 300 viewers", failed)
	}
}
