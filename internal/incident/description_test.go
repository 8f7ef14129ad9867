package incident

import (
	"testing"

	"playhead/internal/meta"
)

// TestExplained: what descriptions say of causes, and that what the detector or
// watcher said is found again.
func TestExplained(t *testing.T) {
	const own = "Overall error-rate is significantly high (55.7%) due to an error of *message. 92% of it*"
	one := meta.Cause{
		Breakdowns: []meta.Breakdown{{Name: "cdn", Value: "skyhop"}, {Name: "country", Value: "DE"}},
		Share:      0.9184, Views: 1412, Affected: 823, Rate: 823.0 / 1412, Expected: 0.0089,
	}
	other := meta.Cause{
		Breakdowns: []meta.Breakdown{{Name: "video_title", Value: "A *very*\nlong night"}},
		Share:      0.1, Views: 1, Affected: 1, Rate: 1, Expected: 0.02,
	}
	below := &meta.AlertRule{Direction: meta.Below}
	above := &meta.AlertRule{Direction: meta.Above}
	all := one
	all.Share = 0.9999
	for name, c := range map[string]struct {
		incident meta.Incident
		want     string
	}{
		"not looked for": {meta.Incident{Measurement: Measurement}, ""},
		"none":           {meta.Incident{Measurement: Measurement, Causes: []meta.Cause{}}, ". No part of the viewers clearly stands out"},
		"one": {
			meta.Incident{Measurement: Measurement, Causes: []meta.Cause{one}},
			". 92% of the excess failures: *cdn=skyhop and country=DE* (58.3% of 1,412 views, usually 0.89%)",
		},
		"two": {
			meta.Incident{Measurement: Measurement, Causes: []meta.Cause{one, other}},
			". 92% of the excess failures: *cdn=skyhop and country=DE* (58.3% of 1,412 views, usually 0.89%); 10%: *video_title=A ∗very∗ long night* (100% of 1 view, usually 2%)",
		},
		"nearly all": {
			meta.Incident{Measurement: "playback-failure-percentage", Rule: above, Causes: []meta.Cause{all}},
			". 99% of the excess failures: *cdn=skyhop and country=DE* (58.3% of 1,412 views, usually 0.89%)",
		},
		"startup failures": {
			meta.Incident{Measurement: "video-startup-failure-percentage", Rule: above, Causes: []meta.Cause{other}},
			". 10% of the excess startup failures: *video_title=A ∗very∗ long night* (100% of 1 view, usually 2%)",
		},
		"exits": {
			meta.Incident{Measurement: "exits-before-video-start", Rule: above, Causes: []meta.Cause{other}},
			". 10% of the excess exits before video start: *video_title=A ∗very∗ long night* (100% of 1 view, usually 2%)",
		},
		"slow": {
			meta.Incident{Measurement: "video-startup-time", Rule: above, Causes: []meta.Cause{other}},
			". 10% of the starts that are slower than usual: *video_title=A ∗very∗ long night* (100% of 1 view, usually 2%)",
		},
		"rebuffering": {
			meta.Incident{Measurement: "current-rebuffering-percentage", Rule: above, Causes: []meta.Cause{other}},
			". 10% of the viewers who rebuffer more than usual: *video_title=A ∗very∗ long night* (100% of 1 view, usually 2%)",
		},
		"bitrate": {
			meta.Incident{Measurement: "current-average-bitrate", Rule: below, Causes: []meta.Cause{other}},
			". 10% of the viewers whose bitrate is lower than usual: *video_title=A ∗very∗ long night* (100% of 1 view, usually 2%)",
		},
		"rise": {
			meta.Incident{Measurement: "current-concurrent-viewers", Rule: above, Causes: []meta.Cause{one}},
			". 92% of the additional viewers: *cdn=skyhop and country=DE* (823 of 1,412 viewers are more than before)",
		},
		"fall": {
			meta.Incident{Measurement: "current-concurrent-viewers", Rule: below, Causes: []meta.Cause{one}},
			". 92% of the missing viewers: *cdn=skyhop and country=DE* (823 of 1,412 viewers have gone)",
		},
	} {
		i := c.incident
		i.Description = explained(&i, own)
		if i.Description != own+c.want {
			t.Errorf("%s:\n %s\nwant:\n %s", name, i.Description, own+c.want)
		}
		if got := ownSentence(&i); got != own {
			t.Errorf("%s: the own sentence is %q", name, got)
		}
	}
}

// TestExplainedStop: a sentence that ends with a message of players has the stop of
// that alone.
func TestExplainedStop(t *testing.T) {
	const own = "Overall error-rate is significantly high (6.5%) due to an error of *A network error.*"
	i := meta.Incident{Measurement: Measurement, Causes: []meta.Cause{}}
	i.Description = explained(&i, own)
	if want := own + " No part of the viewers clearly stands out"; i.Description != want {
		t.Errorf("the description is %q, want %q", i.Description, want)
	}
	if got := ownSentence(&i); got != own {
		t.Errorf("the own sentence is %q", got)
	}
	i.Description = own + ". No part of the viewers clearly stands out" // as it was once stored
	if got := ownSentence(&i); got != own {
		t.Errorf("the own sentence of the older form is %q", got)
	}
}
