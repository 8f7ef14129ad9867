package oracle

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// answer is the envelope of an answer.
type answer[T any] struct {
	Data      T        `json:"data"`
	Total     *int     `json:"total_row_count"`
	Timeframe [2]int64 `json:"timeframe"`
	Meta      struct{ Aggregation, Granularity string }
}

// asked is a request, for the messages of failures.
type asked struct {
	path  string
	query url.Values
}

func (a asked) String() string {
	q, err := url.QueryUnescape(a.query.Encode())
	if err != nil {
		q = a.query.Encode()
	}
	return "GET /data/v1/" + a.path + "?" + q
}

// get asks a question that has an answer.
func get[T any](t *testing.T, w *world, path string, query url.Values) (answer[T], asked) {
	t.Helper()
	q := asked{path, query}
	status, body := w.ask(t, q)
	var a answer[T]
	if status != http.StatusOK {
		t.Errorf("%s: status %d: %s; want 200", q, status, body)
	} else if err := json.Unmarshal(body, &a); err != nil {
		t.Errorf("%s: %v in %.300s", q, err, body)
	}
	return a, q
}

// ask sends a request.
func (w *world) ask(t *testing.T, q asked) (status int, body []byte) {
	t.Helper()
	w.asked.Add(1)
	status, body, err := w.server.Ask("/data/v1/"+q.path, q.query)
	if err != nil {
		t.Fatal(err)
	}
	return status, body
}

// scope is which views a question is about.
type scope struct {
	from, to int64 // ms since 1970; 0 is the default timeframe, which all views are in
	match    []func(*view) bool
	query    url.Values
}

// everything is a scope of all views.
func everything() *scope { return &scope{query: url.Values{}} }

// window is a scope of a part of the time, with edges near whole minutes, where
// no view begins or ends.
func (w *world) window(random *rand.Rand) *scope {
	s := everything()
	const whole = 21 * hour
	switch x := random.Float64(); {
	case x < 0.3:
		return s
	case x < 0.4:
		s.query["timeframe[]"] = []string{[]string{"24:hours", "3:days", "1:weeks", "100000:seconds"}[random.IntN(4)]}
		return s
	}
	length := minute * (1 + random.Int64N(whole/minute))
	s.during(random, w.began-minute*random.Int64N(whole/minute)-length, length)
	return s
}

// during sets a timeframe in ms, and moves its whole minutes by some seconds.
func (s *scope) during(random *rand.Rand, from, length int64) {
	const most = 3 // seconds
	s.from = from + 1000*(random.Int64N(2*most+1)-most)
	s.to = from + length + 1000*(random.Int64N(2*most+1)-most)
	s.ask()
}

// ask puts the timeframe into the question.
func (s *scope) ask() {
	s.query["timeframe[]"] = []string{strconv.FormatInt(s.from/1000, 10), strconv.FormatInt(s.to/1000, 10)}
}

// with adds parameters, in pairs; empty ones are left out.
func (s *scope) with(params ...string) url.Values {
	q := url.Values{}
	for name, list := range s.query {
		q[name] = slices.Clone(list)
	}
	for i := 0; i < len(params); i += 2 {
		if params[i+1] != "" {
			q.Add(params[i], params[i+1])
		}
	}
	return q
}

// within are the views of the scope, by the time of a view that counts.
func (s *scope) within(views []*view, time func(*view) int64) []*view {
	var list []*view
	for _, v := range views {
		in := s.to == 0 || s.from <= time(v) && time(v) < s.to
		for _, match := range s.match {
			in = in && match(v)
		}
		if in {
			list = append(list, v)
		}
	}
	return list
}

func byEnd(v *view) int64 { return v.end }

// group sorts views by the value of a dimension.
func group(views []*view, dimension string) map[string][]*view {
	groups := map[string][]*view{}
	for _, v := range views {
		groups[v.dims[dimension]] = append(groups[v.dims[dimension]], v)
	}
	return groups
}

// numeric are the dimensions that sort as numbers.
var numeric = strings.Fields(`asn video_source_bitrate video_source_bitrate_initial video_source_height video_source_height_initial
	video_source_width video_source_width_initial video_source_fps video_source_fps_initial view_dropped_frame_count error_type_id`)

// compareFields compares two values of a dimension; null comes last.
func compareFields(dimension, a, b string, descending bool) int {
	if a == "" || b == "" {
		return -strings.Compare(a, b)
	}
	c := strings.Compare(a, b)
	if dimension == "video_cdn_trace" { // by their elements
		c = slices.Compare(strings.Split(strings.Trim(a, "[]"), ","), strings.Split(strings.Trim(b, "[]"), ","))
	} else if slices.Contains(numeric, dimension) {
		x, _ := strconv.ParseFloat(a, 64)
		y, _ := strconv.ParseFloat(b, 64)
		c = int(asNumber(x > y) - asNumber(x < y))
	}
	if descending {
		return -c
	}
	return c
}

// text reads a text that can be null, which is "".
func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// number reads a number that can be null, which is NaN.
func number(p *float64) float64 {
	if p == nil {
		return null
	}
	return *p
}
