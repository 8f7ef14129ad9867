package main

import (
	"encoding/binary"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/simulate"
	"playhead/internal/view"
)

// world is the views of a day and a bit. What happens in them, where and when is
// that of simulated viewers: scripts of simulate, each played by so many viewers
// within an hour, each at a pace of its own, that as many as wanted watch at the same
// time. Simulated
// viewers are on thirty networks and watch fifty titles: a half of ours is on
// smaller networks of the same country and watches something of a long tail, all
// are in a region, and players have names of brands.
//
// The same world makes the same views, and makes them again when asked again.
type world struct {
	seed    uint64
	scripts []simulate.Truth // in order of their start
	copies  int              // viewers of each script
}

// Viewers begin up to jitter ms before or after their script, so that those who
// have the same are far apart, and take up to a stretch of its times more or less.
const (
	jitter  = 30 * 60_000
	stretch = 0.05
)

// newWorld makes the world in which so many viewers watch at a time. Its views
// begin in the history before it, and up to the end of the flow after it.
func newWorld(seed uint64, now time.Time, history, flow time.Duration, viewers, scripts int) *world {
	const early = jitter * time.Millisecond
	simulated := simulate.World{Seed: seed, Start: now.Add(-history - early)}
	w := &world{seed: seed}
	concurrent := 0.0 // viewers of one copy, as spread by the jitter
	for t := range simulated.Truths(simulated.Start, now.Add(flow+early), scripts) {
		w.scripts = append(w.scripts, t)
		const times = 13
		for k := range times {
			if watches(&t, now.UnixMilli()+int64(k-times/2)*2*jitter/(times-1)) {
				concurrent += 1.0 / times
			}
		}
	}
	w.copies = max(1, int(math.Round(float64(viewers)/max(1, concurrent))))
	return w
}

// watches reports whether somebody watches at a time.
func watches(t *simulate.Truth, at int64) bool {
	i := sort.Search(len(t.States), func(i int) bool { return t.States[i].At > at }) - 1
	if i < 0 {
		return false
	}
	switch t.States[i].State {
	case simulate.Paused, simulate.Failed, simulate.Ended, simulate.Silent:
		return false
	}
	return true
}

// viewer is somebody who plays a script.
type viewer struct {
	script *simulate.Truth
	number uint64
	later  int64   // than the script, in ms; can be below zero
	pace   float64 // how long everything takes, relatively to the script
}

// viewer returns one of all.
func (w *world) viewer(script, number int) viewer {
	id := uint64(script)*uint64(w.copies) + uint64(number) //nolint:gosec // not negative
	rng := rand.New(rand.NewPCG(w.seed, id))               //nolint:gosec // any bits will do
	return viewer{&w.scripts[script], id, rng.Int64N(2*jitter) - jitter, 1 + stretch*(2*rng.Float64()-1)}
}

// time is when something happens that has a time in the script, in ms since 1970.
func (v viewer) time(scripted int64) int64 {
	return v.start() + int64(v.pace*float64(scripted-v.script.Start))
}

// start and end are the request to play, and the last event.
func (v viewer) start() int64 { return v.script.Start + v.later }
func (v viewer) end() int64   { return v.time(v.script.End) }

// between are the viewers who began before a time, and of whose end a server
// hears nothing before another: newest first, to some minutes.
func (w *world) between(from, until int64) iter.Seq[viewer] {
	return func(yield func(viewer) bool) {
		for i := len(w.scripts) - 1; i >= 0; i-- {
			if s := &w.scripts[i]; s.Start-jitter > until || s.End+(s.End-s.Start)/10+jitter+view.SilentAfter < from {
				continue
			}
			for k := range w.copies {
				v := w.viewer(i, k)
				if v.start() <= until && v.end()+view.SilentAfter >= from && !yield(v) {
					return
				}
			}
		}
	}
}

// id is that of the view.
func (v viewer) id() (id view.ID) {
	binary.BigEndian.PutUint64(id[:], uint64(v.start())<<16) //nolint:gosec // a time of our days
	binary.BigEndian.PutUint64(id[8:], v.number)
	return id
}

// The indexes of the dimensions.
var (
	asn, country, system, player, region   = dimension("asn"), dimension("country"), dimension("operating_system"), dimension("player_name"), dimension("region")
	stream, property, series, title, hasAd = dimension("stream_type"), dimension("sub_property_id"), dimension("video_series"), dimension("video_title"), dimension("view_has_ad")
)

func dimension(name string) int {
	i := slices.IndexFunc(catalog.RealtimeDimensions, func(d catalog.RealtimeDimension) bool { return d.Name == name })
	if i < 0 {
		panic("BUG: there is no dimension " + name)
	}
	return i
}

// What there is beside what simulated viewers have.
const (
	smallNetworks = 24 // of each country
	regions       = 12 // of each country
	tail          = 5000
	tailSeries    = 400
	properties    = 6
	brands        = 8
)

var (
	byRank = map[int][]float64{smallNetworks: zipf(smallNetworks), regions: zipf(regions), tail: zipf(tail), properties: zipf(properties), brands: zipf(brands)}
	names  = map[string]string{
		"US": "United States", "DE": "Germany", "GB": "United Kingdom", "FR": "France", "BR": "Brazil", "IN": "India", "JP": "Japan", "MX": "Mexico",
		"ES": "Spain", "PL": "Poland", "AU": "Australia", "CA": "Canada", "KR": "South Korea", "NG": "Nigeria", "KE": "Kenya",
	}
)

// zipf are the cumulated weights of n ranks, as those of simulated titles.
func zipf(n int) []float64 {
	sums, total := make([]float64, n), 0.0
	for i := range sums {
		total += math.Pow(float64(i+1), -0.8)
		sums[i] = total
	}
	return sums
}

// rank draws one of n by Zipf's law.
func rank(rng *rand.Rand, n int) int {
	sums := byRank[n]
	return min(sort.SearchFloat64s(sums, rng.Float64()*sums[n-1]), n-1)
}

// dimensions are the values of a view and their labels. All of their memory is
// new, as that of views which were read from a store or a beacon.
func (v viewer) dimensions(seed uint64) (values, labels []string) {
	rng := rand.New(rand.NewPCG(seed^0x5bd1e995, v.number)) //nolint:gosec // any bits will do
	s := v.script
	values, labels = make([]string, len(catalog.RealtimeDimensions)), make([]string, len(catalog.RealtimeDimensions))
	number := s.ASN
	if rng.Float64() < 0.5 {
		number = 200_000 + int(s.Country[0])*10_000 + int(s.Country[1])*100 + rank(rng, smallNetworks)
	}
	values[asn], labels[asn] = strconv.Itoa(number), numbered("Network of "+s.Country+" ", number)
	values[country], labels[country] = strings.Clone(s.Country), strings.Clone(names[s.Country])
	values[system] = strings.Clone(s.System)
	values[player] = numbered(s.Player+" ", rank(rng, brands))
	values[region] = numbered(s.Country+"-", 10+rank(rng, regions))
	values[stream] = strings.Clone(s.StreamType)
	values[property] = numbered("property-", rank(rng, properties))
	values[series], values[title] = strings.Clone(s.Series), strings.Clone(s.VideoTitle)
	if s.StreamType != "live" && rng.Float64() < 0.5 {
		n := rank(rng, tail)
		values[title] = numbered("Out of the Archive, Number ", n)
		values[series] = numbered("Archive ", n%tailSeries)
	}
	values[hasAd] = "false"
	if s.Attempts > 0 {
		values[hasAd] = "true"
	}
	return values, labels
}

func numbered(what string, n int) string { return what + strconv.Itoa(n) }

// watching is how many watch at a time.
func (w *world) watching(at int64) (n int) {
	for v := range w.between(at, at) {
		for i, spans := 0, v.spans(at); i < len(spans); i++ {
			if s := spans[i]; s.At == at && s.Activity.Watching() {
				n++
			}
		}
	}
	return n
}
