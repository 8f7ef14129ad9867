package beacon

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of what is remembered of environment keys that no environment has.
const (
	maxUnknownKeys  = 50 // that are told apart
	maxUnknownKey   = 64 // bytes of one: as many as a key may have
	maxForeignKeys  = 10 // of one beacon that are looked at
	unknownKeyStays = time.Hour
)

// UnknownKey is an environment key that no environment has.
type UnknownKey struct {
	Key    string // printable, cut
	Told   bool   // by events; false: they told none, and it is of a header or the host's name
	Events int64  // since the first
	First  time.Time
	Last   time.Time
}

// foreignKey is an unknown key of a beacon.
type foreignKey struct {
	key    string
	told   bool
	events int
}

// unknownKeys remembers keys that no environment has. When there are too many,
// those go that have not been seen for long, then those seen least: what players
// are set up with comes again and again.
type unknownKeys struct {
	byKey map[string]*UnknownKey
	other int64 // events with keys that are not there, or not any more
}

func (u *unknownKeys) add(k foreignKey, now time.Time) {
	key := printable(k.key)
	known := u.byKey[key]
	if known == nil {
		if len(u.byKey) == maxUnknownKeys {
			u.makeRoom(now)
		}
		known = &UnknownKey{Key: key, First: now}
		u.byKey[key] = known
	}
	known.Told, known.Last = k.told, now
	known.Events += int64(k.events)
}

// makeRoom forgets one key.
func (u *unknownKeys) makeRoom(now time.Time) {
	least := slices.MinFunc(slices.Collect(maps.Values(u.byKey)), func(a, b *UnknownKey) int {
		if aOld, bOld := a.isOld(now), b.isOld(now); aOld != bOld {
			if aOld {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.Events, b.Events), a.Last.Compare(b.Last), cmp.Compare(a.Key, b.Key))
	})
	u.other += least.Events
	delete(u.byKey, least.Key)
}

func (k *UnknownKey) isOld(now time.Time) bool { return now.Sub(k.Last) >= unknownKeyStays }

// list is the keys, the one seen last first.
func (u *unknownKeys) list() []UnknownKey {
	list := make([]UnknownKey, 0, len(u.byKey))
	for _, k := range u.byKey {
		list = append(list, *k)
	}
	slices.SortFunc(list, func(a, b UnknownKey) int { return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.Key, b.Key)) })
	return list
}

// printable is a key as people can read it: it may be anything. It shares no memory
// with the key, which may be all of a long header.
func printable(key string) string {
	key = strings.Clone(key[:min(len(key), maxUnknownKey)])
	key = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return utf8.RuneError
		}
		return r
	}, key)
	for len(key) > maxUnknownKey { // what is not UTF-8 has grown
		_, size := utf8.DecodeLastRuneInString(key)
		key = key[:len(key)-size]
	}
	return key
}
