package main

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestExportQuery: what is not said is told by the name of the file.
func TestExportQuery(t *testing.T) {
	for _, tt := range []struct {
		command exportCommand
		want    string
	}{
		{exportCommand{File: "a.csv"}, "format=csv"},
		{exportCommand{File: "a.csv.gz"}, "format=csv&compression=gzip"},
		{exportCommand{File: "a.ndjson"}, "format=ndjson"},
		{exportCommand{File: "a.ndjson.gz"}, "format=ndjson&compression=gzip"},
		{exportCommand{File: "a.parquet"}, "format=parquet"},
		{exportCommand{File: "a.gz"}, "format=csv&compression=gzip"},
		{exportCommand{File: "-"}, "format=csv"},
		{exportCommand{File: "-", Format: "ndjson", Gzip: true}, "format=ndjson&compression=gzip"},
		{exportCommand{File: "a.csv", Format: "parquet"}, "format=parquet"},
		{
			exportCommand{File: "a.csv", Timeframe: []string{"1", "2"}, Filter: []string{"country:US,FR"}, MetricFilter: []string{"views>0"}},
			"format=csv&timeframe[]=1&timeframe[]=2&filters[]=country:US,FR&metric_filters[]=views>0",
		},
	} {
		tt.command.Version = 9
		want, err := url.ParseQuery(tt.want + "&version=9")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, tt.command.query()); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.command, diff)
		}
	}
}

// TestExportBar: the bar shows how many views have come, leaves nothing behind,
// and stands more than were counted.
func TestExportBar(t *testing.T) {
	for _, tt := range []struct {
		views []int64
		want  string
	}{
		{[]int64{5, 10, 11}, "(5/10"},
		{[]int64{-1, -1}, "10 views"},
		{[]int64{0}, "(0/10"},
	} {
		var b bytes.Buffer
		show, done := exportBar(&b)
		for i, n := range tt.views {
			show(n, 10, int64(i)*1000)
		}
		done()
		if !strings.Contains(b.String(), tt.want) {
			t.Errorf("%v: %q; want %s", tt.views, b.String(), tt.want)
		}
	}
	var b bytes.Buffer
	show, done := exportBar(&b)
	show(0, 0, 20) // there are none
	done()
}
