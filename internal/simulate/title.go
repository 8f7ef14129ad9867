package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"strings"
)

// title is what people watch: a video, or a stream that is live.
type title struct {
	id, name, series, contentType string
	length                        int32 // ms; 0: live, without an end
	ladder                        []rendition
	cdns                          []float64 // how much of it each of the cdns delivers, relatively
	prerolls                      float64   // share of views that begin with ads
}

func (t *title) live() bool { return t.length == 0 }

// streamType is what customers call it.
func (t *title) streamType() string {
	if t.live() {
		return "live"
	}
	return "on-demand"
}

// rendition is one quality of a stream.
type rendition struct {
	width, height, bitrate int
	fps                    float64
	name                   string
}

var (
	filmLadder = []rendition{
		{416, 234, 400_000, 24, "234p"},
		{640, 360, 900_000, 24, "360p"},
		{960, 540, 1_800_000, 24, "540p"},
		{1280, 720, 3_200_000, 24, "720p"},
		{1920, 1080, 6_000_000, 24, "1080p"},
	}
	clipLadder = []rendition{{640, 360, 700_000, 30, "360p"}, {1280, 720, 2_400_000, 30, "720p"}}
	liveLadder = []rendition{
		{480, 270, 500_000, 25, "270p"},
		{640, 360, 1_000_000, 25, "360p"},
		{1280, 720, 3_500_000, 50, "720p50"},
		{1920, 1080, 7_000_000, 50, "1080p50"},
	}
)

const minute = 60_000 // ms

// titles are in order of their popularity; the live events come last, because
// nobody watches them but when they are on.
var titles = func() []title {
	list := []title{
		video("derby-goals", "City Derby: All the Goals", "clip", 3.5),
		channel("channel-one", "Channel One"),
		video("bread", "A Baker's Night", "movie", 92),
		video("trailer-winter", "Trailer: The Long Winter", "trailer", 2.4),
	}
	list = append(list, series("Cold Water", 8, 44)...)
	list = append(list,
		video("lighthouse", "Keeper of the Light", "movie", 104),
		channel("news", "News Around the Clock"),
		video("minute-news", "The Day in Ten Minutes", "short", 10),
	)
	list = append(list, series("Slow Journeys", 6, 58)...)
	list = append(list,
		video("orchard", "The Orchard Keepers", "movie", 118),
		video("kettle", "How a Kettle Works", "clip", 6),
		channel("nature", "Nature, Uncut"),
		video("harbour", "Harbour Lights", "movie", 87),
	)
	list = append(list, series("Kitchen Chemistry", 10, 22)...)
	for i, name := range []string{"Tie a Bowline", "Sharpen a Knife", "Mend a Puncture", "Prune a Rose", "Wax a Ski", "Glaze a Pot"} {
		list = append(list, video(fmt.Sprintf("howto-%d", i+1), "How to "+name, "short", 1.5+float64(i)))
	}
	return append(list, occasion("derby", "City Derby"), occasion("gala", "The Opera Gala"), occasion("launch", "Launch Day"))
}()

func video(id, name, contentType string, minutes float64) title {
	t := title{
		id: id, name: name, contentType: contentType, length: int32(minutes * minute), //nolint:gosec // at most hours
		ladder: filmLadder, cdns: []float64{0.6, 0.25, 0.15}, prerolls: 0.3,
	}
	if minutes < 15 {
		t.ladder, t.prerolls = clipLadder, 0.12
	}
	return t
}

func series(name string, episodes int, minutes float64) []title {
	var list []title
	slug := strings.ToLower(strings.ReplaceAll(name, " ", "-"))
	for i := 1; i <= episodes; i++ {
		t := video(fmt.Sprintf("%s-%d", slug, i), fmt.Sprintf("%s, Part %d", name, i), "episode", minutes+float64(i%4))
		t.series = name
		list = append(list, t)
	}
	return list
}

func channel(id, name string) title {
	return title{id: id, name: name, contentType: "channel", ladder: liveLadder, cdns: []float64{0.4, 0.2, 0.4}, prerolls: 0.2}
}

func occasion(id, name string) title {
	return title{id: id, name: name, contentType: "event", ladder: liveLadder, cdns: []float64{0.45, 0.1, 0.45}, prerolls: 0}
}

// occasions is how many of the titles, at their end, are live events.
const occasions = 3

// popularity is by Zipf's law: the title of rank r has a weight of 1/r^0.8.
var popularity = cumulate(len(titles)-occasions, func(rank int) float64 { return math.Pow(float64(rank+1), -0.8) })

// cumulate returns the sums of the weights of 0 to i.
func cumulate(n int, weight func(int) float64) []float64 {
	sums := make([]float64, n)
	total := 0.0
	for i := range sums {
		total += weight(i)
		sums[i] = total
	}
	return sums
}

// draw picks an index by cumulated weights.
func draw(rng *rand.Rand, sums []float64) int {
	return min(sort.SearchFloat64s(sums, rng.Float64()*sums[len(sums)-1]), len(sums)-1)
}

// drawFrom picks an index by weights, of which there are few.
func drawFrom(rng *rand.Rand, weights []float64) int {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	left := rng.Float64() * total
	for i, w := range weights {
		if left -= w; left < 0 {
			return i
		}
	}
	return len(weights) - 1
}

func findTitle(id string) *title {
	for i := range titles {
		if titles[i].id == id {
			return &titles[i]
		}
	}
	return nil
}
