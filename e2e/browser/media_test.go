package browser

import (
	"context"
	"embed"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

//go:embed page
var page embed.FS

// site is the web site that the browser visits: the page with the player, the
// packages from npm, the media, and the place where pages leave their truth.
//
// Media are at /media/<hold>/<file>, where <hold> names what happens to the
// bytes: "free" delivers them; any other must be in holds, and delivers a file
// up to the next offset, until POST /release/<hold> lets it go on to the one
// after.
type site struct {
	url string // http://localhost:PORT

	mu     sync.Mutex
	holds  map[string][]*gate
	truths map[string]truth // by video id
}

// gate holds the bytes of a file from an offset on until it is open.
type gate struct {
	offset int64
	open   chan struct{}
}

// truth is what the probe in a page measured. Times are in ms.
type truth struct {
	Startup    *float64  // from the press of play to the first playing; nil if it never played
	Lag        float64   // the longest that the page was too busy to look, before it played
	FirstFrame *float64  `json:"first_frame"`
	Watched    float64   // trying to watch: all the time from play on, but for pauses
	Moving     float64   // with the picture moving
	Stalls     []float64 // the length of each
	Seeks      []float64 // the wait after each
	Sizes      [][2]int  // of the picture, one after the other
	Error      *struct {
		Code    int
		Message string
	}
}

// startSite makes the media and serves the site until the test ends. The holds
// are byte offsets by name.
func startSite(t *testing.T, holds map[string][]int64) *site {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("./media.sh", dir).CombinedOutput(); err != nil {
		t.Fatalf("media.sh: %v\n%s(it needs ffmpeg with libx264; on Debian: apt-get install ffmpeg)", err, out)
	}
	files, err := fs.Sub(page, "page")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{holds: map[string][]*gate{}, truths: map[string]truth{}}
	for name, offsets := range holds {
		for _, offset := range offsets {
			s.holds[name] = append(s.holds[name], &gate{offset: offset, open: make(chan struct{})})
		}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.Handle("GET /npm/", http.StripPrefix("/npm/", http.FileServer(http.Dir("../node_modules"))))
	mux.HandleFunc("GET /media/{hold}/{file...}", func(w http.ResponseWriter, r *http.Request) {
		s.serveMedia(w, r, filepath.Join(dir, filepath.FromSlash(r.PathValue("file"))))
	})
	mux.HandleFunc("POST /release/{hold}", s.release)
	mux.HandleFunc("POST /truth", s.takeTruth)
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	s.url = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	return s
}

func (s *site) serveMedia(w http.ResponseWriter, r *http.Request, path string) {
	f, err := os.Open(path)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer f.Close()
	s.mu.Lock()
	gates := s.holds[r.PathValue("hold")]
	s.mu.Unlock()
	http.ServeContent(w, r, path, time.Time{}, &heldFile{file: f, gates: gates, ctx: r.Context(), flush: func() {
		// What is before the gate must reach the player.
		_ = http.NewResponseController(w).Flush()
	}})
}

// release opens the first closed gate of a hold.
func (s *site) release(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.holds[r.PathValue("hold")] {
		select {
		case <-g.open:
		default:
			close(g.open)
			return
		}
	}
	http.Error(w, "nothing is held", http.StatusConflict)
}

func (s *site) takeTruth(w http.ResponseWriter, r *http.Request) {
	var got truth
	if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.truths[r.URL.Query().Get("video")] = got
}

// truth returns what the page of a video measured; ok is false while it has
// not told.
func (s *site) truth(video string) (got truth, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	got, ok = s.truths[video]
	return got, ok
}

// heldFile is a file whose reads stop at closed gates.
type heldFile struct {
	file  *os.File
	gates []*gate
	ctx   context.Context // of the request
	flush func()
	at    int64
}

func (h *heldFile) Seek(offset int64, whence int) (int64, error) {
	at, err := h.file.Seek(offset, whence)
	h.at = at
	return at, err
}

// Read reads up to the next closed gate, or waits if it stands before it.
func (h *heldFile) Read(p []byte) (int, error) {
	for _, g := range h.gates {
		select {
		case <-g.open:
			continue
		default:
		}
		if h.at+int64(len(p)) <= g.offset {
			break
		}
		if h.at < g.offset {
			p = p[:g.offset-h.at]
			break
		}
		h.flush()
		select {
		case <-g.open:
		case <-h.ctx.Done():
			return 0, io.ErrUnexpectedEOF
		}
	}
	n, err := h.file.Read(p)
	h.at += int64(n)
	return n, err
}
