package internal_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// imports is the architecture: who may import whom. A package that is not
// listed may import nothing of ours, and everything below internal must be
// listed. Test files are free to import what they compare with.
var imports = map[string][]string{
	"fault":               {},
	"event":               {},
	"event/eventtest":     {"beacon/mux", "event", "recording"},
	"freespace":           {},
	"expr":                {},
	"ops":                 {},
	"catalog":             {"expr"},
	"export":              {"catalog", "event", "view"},
	"export/daily":        {"catalog", "export", "meta", "query", "view"},
	"export/folder":       {"export/daily", "fault", "meta"},
	"export/s3":           {"export/daily", "meta"},
	"export/s3/s3test":    {},
	"journal":             {},
	"journal/segment":     {"freespace", "journal"},
	"enrich":              {"event"},
	"enrich/mmdb":         {},
	"backup":              {},
	"beacon":              {"event", "journal"},
	"beacon/mux":          {"event"},
	"view":                {"catalog", "event"},
	"view/viewtest":       {"catalog", "view"},
	"tracker":             {"catalog", "event", "journal", "view"},
	"replay":              {"catalog", "expr", "journal", "store/sqltable", "tracker", "view"},
	"query":               {"catalog", "expr", "fault", "view"},
	"sqlgen":              {"catalog", "expr", "query"},
	"store/memory":        {"catalog", "expr", "fault", "query", "view"},
	"store/sqltable":      {"catalog", "expr", "query", "sqlgen", "view"},
	"store/duckdb":        {"catalog", "freespace", "fault", "query", "sqlgen", "store/sqltable", "view"},
	"store/clickhouse":    {"catalog", "fault", "query", "sqlgen", "store/sqltable", "view"},
	"store/storetest":     {"catalog", "expr", "fault", "query", "store/memory", "view", "view/viewtest"},
	"export/kafka":        {"export/stream", "fault", "meta", "outbound"},
	"export/post":         {"export/stream", "fault", "meta", "outbound"},
	"export/stream":       {"catalog", "fault", "meta", "view"},
	"live":                {"catalog", "fault", "query", "view"},
	"meta":                {"fault"},
	"incident":            {"catalog", "expr", "fault", "meta", "query", "view"},
	"incident/recorded":   {"meta"},
	"incident/email":      {"fault", "incident", "meta"},
	"incident/notifytest": {"incident", "meta", "outbound"},
	"incident/pagerduty":  {"incident", "meta", "outbound"},
	"incident/slack":      {"fault", "incident", "meta", "outbound"},
	"incident/webhook":    {"fault", "incident", "meta", "outbound"},
	"openapi":             {},
	"openapi/openapitest": {},
	"outbound":            {},
	"api":                 {"beacon", "catalog", "export", "fault", "incident", "meta", "openapi", "query", "view"},
	"reference":           {"catalog", "expr", "openapi", "query", "view"},
	"recording":           {},
	"web":                 {},
	"simulate":            {"beacon/mux", "event"},
}

// TestImports checks every package below internal against the map. Package app
// wires everything together and is alone free to import everything.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	const root = "playhead/internal/"
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		from, below := strings.CutPrefix(words[0], root)
		if !below || from == "app" {
			continue
		}
		allowed, listed := imports[from]
		if !listed {
			t.Errorf("package %s is not in the import map: add it with what it may import", from)
		}
		for _, path := range words[1:] {
			if to, ours := strings.CutPrefix(path, root); ours && !slices.Contains(allowed, to) {
				t.Errorf("package %s must not import %s", from, to)
			}
		}
	}
}
