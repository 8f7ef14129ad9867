package app

import (
	"net"
	"net/url"
	"strings"
	"time"

	"playhead/internal/api"
	"playhead/internal/beacon"
)

// ingest tells the API how beacons come in.
type ingest struct{ *App }

// Arrivals implements [api.Ingest].
func (i ingest) Arrivals(now time.Time) beacon.Report { return i.arrivals.Report(now) }

// Backlog implements [api.Ingest].
func (i ingest) Backlog() (api.Backlog, error) {
	size, oldest, err := i.journal.Kept()
	load := i.tracker.Load()
	return api.Backlog{
		BehindRecords: load.BehindRecords, Behind: load.Behind, OpenViews: load.OpenViews, RunningViews: load.RunningViews,
		JournalBytes: size, JournalOldest: oldest,
	}, err
}

// URL implements [api.Ingest]. Where beacons have an address of their own, and
// nobody says how players reach it, it is taken to be that port of the same host.
func (i ingest) URL(base string) string {
	if i.cfg.IngestURL != "" {
		return strings.TrimSuffix(i.cfg.IngestURL, "/")
	}
	u, err := url.Parse(base)
	if err != nil || i.cfg.IngestListen == "" {
		return base
	}
	_, port, err := net.SplitHostPort(strings.TrimPrefix(i.ingestURL, "http://"))
	if err != nil {
		return base
	}
	return (&url.URL{Scheme: "http", Host: net.JoinHostPort(u.Hostname(), port)}).String()
}
