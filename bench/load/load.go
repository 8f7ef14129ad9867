// Package load makes the load of the benchmarks: recorded sessions of real
// players (testdata/captures), sent as fast or as often as wanted by connections
// that cost little, to servers that it starts and measures as processes.
//
// Each session is sent under ids of its own and with the times of now, so that
// a server makes a view of it that it has not seen before.
package load

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// EnvKey is the environment key of the recorded beacons.
const EnvKey = "testenvkey0000000000000001"

// leftOut are recordings that are of no use as load: without the environment
// key, without a view, and empty.
var leftOut = []string{"14_", "15_", "18_"}

// A Session is what a player sent from its start to its end, ready to be sent
// again and again as that of another viewer.
type Session struct {
	Name     string
	Views    int           // views that a server makes of it
	Requests int           // that it takes
	Lasts    time.Duration // from the first request to the last, as recorded
	posts    []post
	last     int64 // time of the last request, in ms since 1970
	ids      int   // different ids that are replaced
}

// A post is one request of a session, with its headers, as it is on the wire.
type post struct {
	wire   []byte
	events int
	body   int  // bytes
	ends   bool // a view
	times  []place
	ids    []place
}

// A place is where a part of a request is replaced: by a time that is moved, or
// by the digits of an id.
type place struct {
	at    int
	value int64 // the recorded time in ms since 1970, or the number of the id
}

var (
	// timeValue is a time of 2001 to 2286 in ms since 1970.
	timeValue = regexp.MustCompile(`:(1[0-9]{12})[.,}]`)
	// idValue is the id of a view, a player, a viewer or a session.
	idValue = regexp.MustCompile(`"(?:xid|pinid|mvrid|sid)":"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"`)
)

// Sessions reads the recordings of a folder.
func Sessions(folder string) ([]*Session, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.jsonl"))
	if err != nil {
		return nil, err
	}
	var all []*Session
next:
	for _, path := range files {
		for _, prefix := range leftOut {
			if strings.HasPrefix(filepath.Base(path), prefix) {
				continue next
			}
		}
		s, err := readSession(path)
		if err != nil {
			return nil, fmt.Errorf("recording %s: %w", path, err)
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no recordings in %s", folder)
	}
	return all, nil
}

// recorded is a line of a recording.
type recorded struct {
	Method   string            `json:"method"`
	URL      string            `json:"url"`
	Headers  map[string]string `json:"headers"`
	Body     string            `json:"body"`
	Received int64             `json:"received_ms"`
}

func readSession(path string) (*Session, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := &Session{Name: strings.TrimSuffix(filepath.Base(path), ".jsonl")}
	known, views := map[string]int64{}, map[string]bool{}
	var first int64
	for line := range bytes.Lines(data) {
		var r recorded
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, err
		}
		if r.Method != "POST" {
			continue
		}
		p, err := newPost(r, known, views)
		if err != nil {
			return nil, err
		}
		if len(s.posts) == 0 {
			first = r.Received
		}
		s.posts, s.last = append(s.posts, p), max(s.last, r.Received)
	}
	s.Views, s.ids, s.Requests = len(views), len(known), len(s.posts)
	s.Lasts = time.Duration(s.last-first) * time.Millisecond
	return s, nil
}

// newPost writes a request as it goes over the wire. Ids are numbered in known,
// those of views are put into views.
func newPost(r recorded, known map[string]int64, views map[string]bool) (post, error) {
	var body struct {
		Events []struct {
			View string `json:"xid"`
			Kind string `json:"e"`
		} `json:"events"`
	}
	if err := json.Unmarshal([]byte(r.Body), &body); err != nil {
		return post{}, err
	}
	ends := false
	for _, e := range body.Events {
		views[e.View] = true
		ends = ends || e.Kind == "viewend"
	}
	var wire bytes.Buffer
	fmt.Fprintf(&wire, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n", r.URL, len(r.Body))
	for name, value := range r.Headers {
		switch name {
		case "host", "connection", "content-length":
		default:
			fmt.Fprintf(&wire, "%s: %s\r\n", name, value)
		}
	}
	wire.WriteString("\r\n")
	head := wire.Len()
	wire.WriteString(r.Body)
	p := post{wire: wire.Bytes(), events: len(body.Events), body: len(r.Body), ends: ends}
	for _, m := range timeValue.FindAllStringSubmatchIndex(r.Body, -1) {
		at, err := strconv.ParseInt(r.Body[m[2]:m[3]], 10, 64)
		if err != nil {
			return post{}, err
		}
		p.times = append(p.times, place{head + m[2], at})
	}
	for _, m := range idValue.FindAllStringSubmatchIndex(r.Body, -1) {
		id := r.Body[m[2]:m[3]]
		if _, ok := known[id]; !ok {
			known[id] = int64(len(known))
		}
		p.ids = append(p.ids, place{head + m[2], known[id]})
	}
	return p, nil
}

// write appends the request as the viewer with a seed sends it, its times
// moved by some ms.
func (p *post) write(dst []byte, seed uint64, move int64) []byte {
	dst = append(dst, p.wire...)
	for _, t := range p.times {
		digits := t.value + move
		for i := t.at + 12; i >= t.at; i-- {
			dst[i] = byte('0' + digits%10)
			digits /= 10
		}
	}
	const hex = "0123456789abcdef"
	for _, id := range p.ids {
		a, b := mix(seed+2*uint64(id.value)), mix(seed+2*uint64(id.value)+1)
		for i := range 36 {
			switch i {
			case 8, 13, 18, 23: // dashes
			default:
				dst[id.at+i] = hex[a&15]
				a = a>>4 | b<<60
				b >>= 4
			}
		}
	}
	return dst
}

// mix spreads a number over 64 bits (the finalizer of splitmix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
