package api

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"playhead/internal/export"
	"playhead/internal/fault"
	"playhead/internal/meta"
)

// Exports is what views leave the server by. Members may be nil: what they are
// for is not there.
type Exports struct {
	Views  ExportViews  // what exports on demand are made of
	Days   ExportDays   // what has been issued
	States ExportStates // how it is with days
	Key    []byte       // what URLs of stored files are signed with
	Folder ExportFolder // the stored files, which this server sends itself
	Links  ExportLinks  // or who else sends them
}

// ExportDays tells what has been issued.
type ExportDays interface {
	// ExportDaysOf lists the days of an environment, newest first.
	ExportDaysOf(ctx context.Context, environmentID string) ([]meta.ExportDay, error)
}

// ExportStates tells how it is with the files of days.
type ExportStates interface {
	// States are those of an environment by day: also of days that have no files yet.
	States(environmentID string) map[string]export.DayState
}

// ExportFolder has stored files by their names, such as env/2026_11_27.csv.gz.
type ExportFolder interface {
	// Open opens a file. An error is fault.NotFound where there is none.
	Open(name string) (*os.File, error)
}

// ExportLinks makes URLs of stored files that somebody else sends.
type ExportLinks interface {
	// Link makes a URL that anybody can download the file by for a while.
	Link(ctx context.Context, name string, good time.Duration) (string, error)
}

// exportRoutes are the routes of exports.
var exportRoutes = []route{
	{
		method: "GET", pattern: "/data/v1/exports/views", name: "list-view-exports",
		doc: "The days of which there are files, newest first: each has all views that ended in the day, in UTC. " +
			"Files are made again when late views change a day. A URL is good for an hour.",
		permission: meta.DataRead,
		data:       []exportDay{},
		answer:     (*server).listExportDays,
	},
	{
		method: "GET", pattern: "/data/v1/exports/days", name: "list-export-days",
		doc:        "How it is with the files of days, newest first: also of days that have views, but no files yet.",
		permission: meta.DataRead,
		data:       []exportDayState{},
		answer:     (*server).listExportStates,
	},
	{
		method: "GET", pattern: "/data/v1/exports", name: "list-exports",
		doc:        "The URLs of the CSV files alone, as texts, oldest first, under the name of 2021.",
		permission: meta.DataRead,
		data:       []string{},
		answer:     (*server).listExports,
	},
	{
		method: "GET", pattern: "/data/v1/exports/query", name: "query-exports",
		doc: "All views that ended in the timeframe, by view_end, with the columns of exports: a file that is made while it is sent. " +
			"The header Playhead-Rows tells how many views come. An answer that was cut off ends without its last chunk, which clients of HTTP tell as an error. " +
			"Four are made at the same time, two of them of one environment: beyond, the answer is 503 or 429.",
		permission: meta.DataRead,
		params:     []param{exportFormat, exportVersion, exportCompression, viewerID, errorID, viewID, filters, metricFilters, timeframe},
		files:      exportTypes,
		headers:    []string{rowsHeader},
		answer:     (*server).queryExport,
	},
	{
		method: "GET", pattern: "/exports/{property}/{file}", name: "get-export-file",
		doc:       "A file of a day, by a URL that one of the lists gives. Parts of it can be asked for (Range), so that a download that was cut off can go on (If-Range).",
		signedURL: true,
		path: []param{
			inPath("property", "the number of the environment", "1"), inPath("file", "the file of a day", "2026_11_27.csv.gz"),
		},
		params:  []param{urlExpires, urlSignature},
		files:   storedTypes,
		headers: []string{"ETag"},
		answer:  (*server).getExportFile,
	},
}

// exportDay is a day of which there are files.
type exportDay struct {
	Date  string       `json:"export_date" doc:"the day, in UTC, as 2026-11-27"`
	Files []exportFile `json:"files" doc:"its files, each with the same views in another format"`
}

// exportFile is one file of a day.
type exportFile struct {
	Version int32  `json:"version" doc:"of the columns"`
	Type    string `json:"type" enum:"csv,parquet,ndjson" doc:"the format: csv and ndjson are packed with gzip"`
	Path    string `json:"path" doc:"the URL to download it by, for an hour, without a token"`
	Rows    int64  `json:"rows" doc:"views in it; ours"`
	Bytes   int64  `json:"bytes" doc:"its size; ours"`
	SHA256  string `json:"sha256" doc:"its checksum, in hex; ours"`
}

// exportDayState is how it is with the files of a day.
type exportDayState struct {
	Date   string          `json:"export_date" doc:"the day, in UTC, as 2026-11-27"`
	State  export.DayState `json:"state" doc:"they are as its views are (issued); will be made, once views are final or have settled (waiting); are to be made now (due); wait for where they go (staged); views have changed, but it is not made again, as their events have begun to be deleted (stale); or something has failed, which is tried again (failing)"`
	Issue  *int32          `json:"issue" doc:"how often they have been made; null: not yet"`
	MadeAt *string         `json:"made_at" format:"date-time" doc:"when they were made last"`
}

// urlLasts is how long a URL of a stored file is good.
const urlLasts = time.Hour

func (s *server) listExportDays(c *call) (any, error) {
	days, err := s.exportDays(c)
	if err != nil {
		return nil, err
	}
	data := []exportDay{}
	for _, d := range days {
		row := exportDay{Date: d.Day, Files: []exportFile{}}
		for _, f := range d.Files {
			link, err := s.link(c, f.Name)
			if err != nil {
				return nil, err
			}
			row.Files = append(row.Files, exportFile{
				Version: int32(d.Version), Type: f.Format, Path: link, Rows: f.Rows, Bytes: f.Bytes, SHA256: f.SHA256,
			})
		}
		data = append(data, row)
	}
	return envelope{Data: data, Total: rows(len(data)), Timeframe: lastDay(c.query.Now)}, nil
}

func (s *server) listExportStates(c *call) (any, error) {
	days, err := s.exportDays(c)
	if err != nil {
		return nil, err
	}
	states := map[string]export.DayState{}
	if s.Exports.States != nil {
		maps.Copy(states, s.Exports.States.States(c.environment.ID))
	}
	data := []exportDayState{}
	for _, d := range days {
		issue := int32(d.Issue)
		row := exportDayState{Date: d.Day, State: export.DayIssued, Issue: &issue, MadeAt: dateOrNull(d.MadeAt)}
		if state, ok := states[d.Day]; ok {
			row.State = state
			delete(states, d.Day)
		}
		data = append(data, row)
	}
	for day, state := range states {
		data = append(data, exportDayState{Date: day, State: state})
	}
	slices.SortFunc(data, func(a, b exportDayState) int { return cmp.Compare(b.Date, a.Date) })
	return envelope{Data: data, Total: rows(len(data)), Timeframe: lastDay(c.query.Now)}, nil
}

func (s *server) listExports(c *call) (any, error) {
	days, err := s.exportDays(c)
	if err != nil {
		return nil, err
	}
	data := []string{}
	for _, d := range slices.Backward(days) {
		for _, f := range d.Files {
			if f.Format != string(export.CSV) {
				continue
			}
			link, err := s.link(c, f.Name)
			if err != nil {
				return nil, err
			}
			data = append(data, link)
		}
	}
	return envelope{Data: data, Total: rows(len(data)), Timeframe: lastDay(c.query.Now)}, nil
}

// exportDays are the days of the environment that asks, newest first.
func (s *server) exportDays(c *call) ([]meta.ExportDay, error) {
	if s.Exports.Days == nil {
		return nil, nil
	}
	days, err := s.Exports.Days.ExportDaysOf(c, c.environment.ID)
	if err != nil {
		return nil, err
	}
	for i := range days {
		slices.SortStableFunc(days[i].Files, func(a, b meta.ExportFile) int { return cmp.Compare(orderOf(a), orderOf(b)) })
	}
	return days, nil
}

// orderOf puts CSV first, which is what older clients look for.
func orderOf(f meta.ExportFile) int {
	if f.Format == string(export.CSV) {
		return 0
	}
	return 1
}

// link is a URL of a stored file of the environment that asks.
func (s *server) link(c *call, name string) (string, error) {
	if s.Exports.Links != nil {
		link, err := s.Exports.Links.Link(c, name, urlLasts)
		if err != nil {
			return "", &fault.Error{Code: fault.Busy, Message: "the storage of exports does not answer: try again later", Err: fmt.Errorf("link to %s: %w", name, err)}
		}
		return link, nil
	}
	_, file, _ := strings.Cut(name, "/")
	return s.signURL(c.base, c.environment.Property, file, c.query.Now.Add(urlLasts)), nil
}
