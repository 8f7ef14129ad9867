package mux

import (
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"playhead/internal/event"
)

// knownKeys reads the list of keys that public players send, with their names.
func knownKeys(t *testing.T) (pairs [][2]string) {
	data, err := os.ReadFile("testdata/keys.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if words := strings.Fields(line); words[0] != "#" {
			pairs = append(pairs, [2]string{words[0], words[1]})
		}
	}
	return pairs
}

func TestKnownKeys(t *testing.T) {
	pairs := knownKeys(t)
	if len(pairs) != 260 {
		t.Errorf("%d keys are known, want 260", len(pairs))
	}
	for _, p := range pairs {
		key, name := p[0], p[1]
		if got := EncodeKey(name); got != key {
			t.Errorf("EncodeKey(%q) = %q, want %q", name, got, key)
		}
		if got, ok := DecodeKey(key); got != name || !ok {
			t.Errorf("DecodeKey(%q) = %q, %v, want %q", key, got, ok, name)
		}
		if _, ok := slots[key]; !ok {
			t.Errorf("key %q (%s) has no slot", key, name)
		}
	}
}

func TestDictionarySize(t *testing.T) {
	if len(firstWords) != 19 || len(furtherWords) != 180 {
		t.Errorf("%d first words and %d further words, want 19 and 180", len(firstWords), len(furtherWords))
	}
	if len(furtherCodes) != len(furtherWords) {
		t.Error("two codes have the same word")
	}
}

func TestKeyEscapes(t *testing.T) {
	tests := []struct {
		key, name string
		ok        bool
		encoded   string // what EncodeKey makes of the name, if not key
	}{
		{"xtitofifr", "view_time_to_first_frame", true, ""},
		{"c12", "custom_12", true, ""},
		{"c7id", "custom_7_id", true, ""},
		{"e", "event", true, ""},
		{"v_foo__bar_", "video_foo_bar", true, ""},
		{"xdp_frames_co", "view_dropped_frames_count", true, ""},
		{"udv_orientation_", "viewer_device_orientation", true, ""},
		{"v_1x_", "video_1x", true, ""},
		{"foo__bar_", "foo_bar", true, ""},
		{"foo_", "foo", true, ""},
		{"vid_", "vid", true, ""},                    // not video_id with a rest
		{"_foo__bar_", "foo_bar", true, "foo__bar_"}, // Roku's spelling
		{"_beaconCollectionDomain_", "beaconCollectionDomain", true, "beaconCollectionDomain_"},
		{"__", "_", true, ""},
		{"ake", "env_key", true, ""},
		{"pioerda", "pioerda", false, "pioerda_"}, // an iOS key with a word outside of the table
		{"v_open", "v_open", false, "v_open_"},
		{"", "", false, "_"},
		{"_", "_", false, "__"},
		{"xqq", "xqq", false, "xqq_"},
		{"xi", "xi", false, "xi_"},
		{"v_ä_", "video_ä", true, ""},
	}
	for _, test := range tests {
		name, ok := DecodeKey(test.key)
		if name != test.name || ok != test.ok {
			t.Errorf("DecodeKey(%q) = %q, %v, want %q, %v", test.key, name, ok, test.name, test.ok)
		}
		want := test.encoded
		if want == "" {
			want = test.key
		}
		if got := EncodeKey(test.name); ok && got != want {
			t.Errorf("EncodeKey(%q) = %q, want %q", test.name, got, want)
		}
	}
	if got := EncodeKey("property_key"); got != "ake" {
		t.Errorf("EncodeKey of the old name of env_key = %q, want ake", got)
	}
}

// TestSlots checks where values go whose names need a decision.
func TestSlots(t *testing.T) {
	field := func(name string) slot { return slot{field: event.MustLookup(name)} }
	tests := map[string]slot{
		"vsohonm":         field("video_source_hostname"),
		"vsohn":           field("video_source_hostname"),
		"xdp_frames_co":   field("view_dropped_frame_count"),
		"xdrfrco":         field("view_dropped_frame_count"),
		"xdpfrco":         field("view_dropped_frame_count"),
		"xadplco":         field("view_ad_preroll_count"),
		"psw":             field("player_software"),
		"mvrosfm":         field("mux_viewer_os_family"),
		"p_pip__enabled_": field("player_pip_enabled"), // as a player would write it whose table lacks the words
		"_video__title_":  field("video_title"),
		"xid":             {member: viewMember},
		"ake":             {member: environmentMember},
	}
	for key, want := range tests {
		if got, ok := slotOf([]byte(key)); got != want || !ok {
			t.Errorf("slotOf(%q) = %+v, %v, want %+v", key, got, ok, want)
		}
	}
	for _, key := range []string{"client__address_", "_client__country__code_", "client_ciid", "pioerda", "v_foo_", ""} {
		if got, ok := slotOf([]byte(key)); ok {
			t.Errorf("slotOf(%q) = %+v, want none: a player may not set it", key, got)
		}
	}
}

// TestKeyRoundTrip decodes what EncodeKey makes of any chain of words. Two
// numbers in a row are left out: the format joins them.
func TestKeyRoundTrip(t *testing.T) {
	letters := rapid.StringMatching(`[a-zA-Z][a-zA-Z0-9]{0,6}`)
	codes := make([]string, 0, len(furtherCodes))
	for word := range furtherCodes {
		codes = append(codes, word)
	}
	word := rapid.OneOf(letters, rapid.SampledFrom(codes))
	rapid.Check(t, func(t *rapid.T) {
		first := make([]string, 0, len(firstWords))
		for _, w := range firstWords {
			first = append(first, w)
		}
		words := []string{rapid.SampledFrom(first).Draw(t, "first")}
		for range rapid.IntRange(0, 5).Draw(t, "words") {
			words = append(words, word.Draw(t, "word"))
			if rapid.Bool().Draw(t, "numbered") {
				words = append(words, rapid.StringMatching(`[0-9]{1,3}`).Draw(t, "number"))
			}
		}
		name := strings.Join(words, "_")
		if got, ok := DecodeKey(EncodeKey(name)); got != name || !ok {
			t.Fatalf("%q became %q and then %q, %v", name, EncodeKey(name), got, ok)
		}
	})
}

// FuzzDecodeKey: a key that can be read says the same when it is written again,
// unless it has numbers, which the format joins. A player may set no field that
// is the server's to set, however it spells it.
func FuzzDecodeKey(f *testing.F) {
	for _, key := range []string{
		"xtitofifr", "_a_", "__", "v_1x_", "foo__bar_", "c12", "a_ke_", "x_id_", "_x__id_", "client__address_", "cliad", "_client_", "\xff_", "x\x00_",
		strings.Repeat("ti", maxKey), strings.Repeat("_a_", maxKey), strings.Repeat("_", maxKey), "c" + strings.Repeat("1", maxKey),
	} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		name, ok := DecodeKey(key)
		if !ok && name != key || ok && name == "" {
			t.Errorf("DecodeKey(%q) = %q, %v", key, name, ok)
		}
		if ok && !strings.ContainsAny(name, "0123456789") && !strings.Contains(name, "__") && !strings.HasPrefix(name, "_") && !strings.HasSuffix(name, "_") {
			if again, ok := DecodeKey(EncodeKey(name)); again != name || !ok {
				t.Errorf("%q is %q, and written again %q, which is %q, %v", key, name, EncodeKey(name), again, ok)
			}
		}
		s, ok := slotOf([]byte(key))
		if ok && s.member == noMember && strings.HasPrefix(s.field.Name(), "client_") {
			t.Errorf("%q sets %s", key, s.field)
		}
		if ok && (s.member == viewMember && key != "xid" || s.member == playerMember && key != "pinid") {
			t.Errorf("%q names a view or a player, by which Split routes nothing", key)
		}
	})
}

// TestKeysDoNotCollide: each field and member has a key of its own, but for the
// names that mean the same.
func TestKeysDoNotCollide(t *testing.T) {
	names := map[string]string{}
	add := func(name string) {
		if other, taken := names[EncodeKey(name)]; taken {
			t.Errorf("%s and %s have the same key %s", name, other, EncodeKey(name))
		}
		names[EncodeKey(name)] = name
	}
	for f := range event.Field(event.Count()) {
		add(f.Name())
	}
	for name := range members {
		add(name)
	}
}
