package mux

import (
	"strings"

	"playhead/internal/event"
)

// EncodeKey abbreviates the long name of a field as the web players do.
//
// A name is a chain of words joined by "_". The first word becomes one letter
// and every further word two, without separators. A further word that is a
// whole number stays as it is; one that is not in the table is put between
// underscores, and an unknown first word is followed by one.
func EncodeKey(name string) string {
	if name == "_" {
		return "__"
	}
	first, rest, more := strings.Cut(name, "_")
	var b strings.Builder
	if letter, ok := firstLetters[first]; ok {
		b.WriteByte(letter)
	} else {
		b.WriteString(first + "_")
	}
	var word string
	for more {
		word, rest, more = strings.Cut(rest, "_")
		if code, ok := furtherCodes[word]; ok {
			b.WriteString(code)
		} else if isInteger(word) {
			b.WriteString(word)
		} else {
			b.WriteString("_" + word + "_")
		}
	}
	return b.String()
}

// DecodeKey returns the long name that a key abbreviates. Unknown words are
// read in the spelling of the web players ("foo__bar_") and of Roku's
// ("_foo__bar_"). A key that cannot be read is returned as it is, with false.
func DecodeKey(key string) (name string, ok bool) {
	if key == "__" {
		return "_", true
	}
	if key == "" {
		return "", false
	}
	if word, known := firstWords[key[0]]; known {
		if name, ok := appendWords(word, key[1:]); ok {
			return name, true
		}
	}
	word, rest, found := strings.Cut(strings.TrimPrefix(key, "_"), "_")
	if found && word != "" {
		if name, ok := appendWords(word, rest); ok {
			return name, true
		}
	}
	return key, false
}

// appendWords reads the further words of a key and adds them to the first.
func appendWords(name, codes string) (string, bool) {
	var b strings.Builder
	b.WriteString(name)
	for codes != "" {
		var word string
		switch n := digits(codes); {
		case n > 0:
			word, codes = codes[:n], codes[n:]
		case codes[0] == '_':
			end := strings.IndexByte(codes[1:], '_')
			if end < 0 {
				return "", false
			}
			word, codes = codes[1:1+end], codes[2+end:]
		case len(codes) < 2 || furtherWords[codes[:2]] == "":
			return "", false
		default:
			word, codes = furtherWords[codes[:2]], codes[2:]
		}
		b.WriteByte('_')
		b.WriteString(word)
	}
	return b.String(), true
}

// digits counts the digits that s begins with.
func digits[T string | []byte](s T) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

func isInteger(s string) bool { return s != "" && digits(s) == len(s) }

// A slot is where the value of a key goes: a member of event.Event, or a field.
type slot struct {
	member member
	field  event.Field
}

type member uint8

const (
	noMember member = iota // the value goes to a field
	viewMember
	playerMember
	sequenceMember
	kindMember
	timeMember
	playheadMember
	environmentMember // read by Split only
)

var members = map[string]member{
	"view_id":              viewMember,
	"player_instance_id":   playerMember,
	"view_sequence_number": sequenceMember,
	"event":                kindMember,
	"viewer_time":          timeMember,
	"player_playhead_time": playheadMember,
	"env_key":              environmentMember,
}

// aliases are names that some players use for what others call differently.
// The iOS players keep the dropped frames in a property with the name of a
// DRM count.
var aliases = map[string]string{
	"property_key":              "env_key",
	"video_source_host_name":    "video_source_hostname",
	"view_dropped_frames_count": "view_dropped_frame_count",
	"view_drm_frame_count":      "view_dropped_frame_count",
}

// slots holds the slot of every key that is spelled with today's tables.
var slots = func() map[string]slot {
	m := make(map[string]slot, event.Count()+len(members)+len(aliases))
	add := func(name string) {
		if s, ok := slotOfName(name); ok {
			m[EncodeKey(name)] = s
		}
	}
	for f := range event.Field(event.Count()) {
		add(f.Name())
	}
	for name := range members {
		add(name)
	}
	for name := range aliases {
		add(name)
	}
	return m
}()

// slotOf finds the slot of a key. Keys of older tables, which spell out words
// that have a code today, are decoded each time. Views and players, by which an
// event was routed, are spelled in the one way that [Split] reads.
func slotOf(key []byte) (slot, bool) {
	if s, ok := slots[string(key)]; ok {
		return s, true
	}
	if len(key) > maxKey {
		return slot{}, false
	}
	name, ok := DecodeKey(string(key))
	if !ok {
		return slot{}, false
	}
	s, ok := slotOfName(name)
	return s, ok && s.member != viewMember && s.member != playerMember
}

// maxKey is the most bytes of a key that is decoded: more than three times the
// longest name of a field.
const maxKey = 128

// slotOfName finds the slot of a long name. Fields that only the server may
// set (client_*) have none.
func slotOfName(name string) (slot, bool) {
	if to, ok := aliases[name]; ok {
		name = to
	}
	if m, ok := members[name]; ok {
		return slot{member: m}, true
	}
	if strings.HasPrefix(name, "client_") {
		return slot{}, false
	}
	f, ok := event.Lookup(name)
	return slot{field: f}, ok
}
