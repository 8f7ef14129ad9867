// Package export writes views in the formats that people load elsewhere, and
// reads them back.
//
// A [Column] is one fact of all formats: its name, the version that brought it,
// its unit, its number in messages, and the column of the catalogue that it is
// taken from. Files ([Writer]) have the columns of a version, in the order of their names;
// NDJSON and Parquet have those of our own after them ([Own]), so that whatever a view
// is measured by is there. Messages (of streams) have the fields that have a
// number, and the events of the view.
//
// Nothing here knows where files go: see package daily and those of destinations.
package export

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/klauspost/compress/gzip"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// Versions of exports. What a version adds is in [Columns]; the first one, with its
// own names and order, can only be read.
const (
	OldestVersion = 2
	LatestVersion = 17
)

// Column is a column of files, and a field of messages.
type Column struct {
	Name    string  // in files; "": only messages have it
	Field   string  // in messages, where that is another name
	Old     string  // the name in version 1, where that was another one
	Since   int     // the version of files that brought it
	Until   int     // the last version that has it; 0: all that follow
	From    string  // the column of the catalogue that it is taken from, where that has another name
	Unit    string  // as of a [catalog.Column], where the export says one
	Scale   float64 // what a value of the catalogue is divided by; 0: it is taken as it is
	Tag     int32   // number of the field in messages; 0: they do not have it
	Wire    Wire    // how messages write it
	Unknown bool    // nothing tells it: it is always empty

	special special
	older   bool            // an older name of what another column has
	column  *catalog.Column // nil: it is special, or unknown
}

// Wire is how messages write a field.
type Wire uint8

// The types of fields, as the descriptions of messages name them.
const (
	NoWire    Wire = iota
	String         // string
	Int32          // int32
	Int64          // int64
	Float32        // float
	Float64        // double
	Boolean        // bool
	Timestamp      // a message of seconds (1, int64) and nanos (2, int32)
	Strings        // repeated string
	Totals         // map<string, message of total_playing_time_ms (1, int64)>
)

// special is a column that is not one of the catalogue.
type special uint8

const (
	_        special = iota
	id               // ours, of the view: what the API calls its id, unique as dedupes need it
	property         // the number of the environment
	one              // always 1: how many views a row is
)

// Format is a format of files.
type Format string

// The formats.
const (
	CSV     Format = "csv"
	NDJSON  Format = "ndjson"
	Parquet Format = "parquet"
)

// Formats are all formats.
var Formats = []Format{CSV, NDJSON, Parquet}

// Options say how a file is written.
type Options struct {
	Version  int   // from OldestVersion to LatestVersion
	Property int64 // number of the environment that all views are of
	Gzip     bool  // of CSV and NDJSON; Parquet compresses inside
}

// Writer writes views as the rows of a file. It keeps no view, and bounded memory
// however many there are.
type Writer interface {
	Write(v *view.View) error
	// Close writes what is missing to the end of the file. It does not close what is
	// written to. Without it the file is not whole.
	Close() error
}

// NewWriter makes a writer of a format.
func NewWriter(f Format, w io.Writer, o Options) (Writer, error) {
	if o.Version < OldestVersion || o.Version > LatestVersion {
		return nil, fmt.Errorf("version %d of exports: want %d to %d", o.Version, OldestVersion, LatestVersion)
	}
	if o.Gzip && f != Parquet {
		return newGzipped(f, w, o)
	}
	switch f {
	case CSV:
		return newCSVWriter(w, o), nil
	case NDJSON:
		return newNDJSONWriter(w, o), nil
	case Parquet:
		return newParquetWriter(w, o), nil
	}
	return nil, fmt.Errorf("there is no format %q", f)
}

// gzipped is a writer whose file is compressed.
type gzipped struct {
	Writer
	to *gzip.Writer
}

// newGzipped makes a writer that compresses. Nothing in the file tells when it was made,
// so the same views are the same bytes.
func newGzipped(f Format, w io.Writer, o Options) (Writer, error) {
	to := gzip.NewWriter(w)
	to.ModTime = time.Unix(0, 0) // no time
	o.Gzip = false
	inner, err := NewWriter(f, to, o)
	return &gzipped{inner, to}, err
}

// Close writes the end of what is compressed.
func (g *gzipped) Close() error { return errors.Join(g.Writer.Close(), g.to.Close()) }

// Of are the columns that files of a version have, in their order.
func Of(version int) []*Column {
	var list []*Column
	for i := range Columns {
		if c := &Columns[i]; c.Name != "" && c.Since <= version && (c.Until == 0 || version <= c.Until) {
			list = append(list, c)
		}
	}
	return list
}

// Messages are the columns that messages have.
func Messages() []*Column {
	var list []*Column
	for i := range Columns {
		if c := &Columns[i]; c.Tag != 0 {
			list = append(list, c)
		}
	}
	return list
}

// Own are the columns of the catalogue that no column of [Columns] has, in its order:
// what NDJSON and Parquet have besides. Left out are those that only mean something
// to the server that made them. The SDK's id of a view is among them.
func Own() []*Column { return own }

var own []*Column

// OwnID is what the SDK's id of a view is called, as view_id is ours.
const OwnID = "sdk_view_id"

// ownNames are the names of our own columns whose name in the catalogue is that of
// another column of exports.
var ownNames = map[string]string{"view_id": OwnID, "player_view_count": "sdk_player_view_count"}

var colEnvironment = catalog.MustColumn("environment_id")

// notExported are columns that only mean something to the server that has them.
var notExported = map[string]bool{"complete_record": true, "changed_record": true, "viewer_key": true}

func init() {
	taken, named := map[string]bool{}, map[string]bool{}
	for i := range Columns {
		named[Columns[i].Name] = true
	}
	for i := range Columns {
		c := &Columns[i]
		if c.special != 0 || c.Unknown {
			continue
		}
		name := c.From
		if name == "" {
			name = c.Name
		}
		c.column, c.older = catalog.MustColumn(name), c.From != "" && named[c.From]
		taken[name] = taken[name] || c.Name != "" // messages alone are no files
	}
	for _, c := range catalog.Columns {
		if taken[c.Name] || notExported[c.Name] {
			continue
		}
		o := &Column{Name: c.Name, From: c.Name, Since: LatestVersion, Unit: c.Unit, column: c}
		if name, other := ownNames[c.Name]; other {
			o.Name = name
		}
		own = append(own, o)
	}
	nameColumns()
}

// MustColumn finds a column of files by a name that is written in the source: one of
// the latest version, or our own. It panics if there is none.
func MustColumn(name string) *Column {
	for _, list := range [][]*Column{Of(LatestVersion), own} {
		for _, c := range list {
			if c.Name == name {
				return c
			}
		}
	}
	panic("BUG: no column " + name + " of exports")
}

// Kind is what values a column has. A time is in ms since 1970.
func (c *Column) Kind() catalog.Kind {
	switch {
	case c.column != nil:
		return c.column.Kind
	case c.special == property, c.Wire == Int32, c.Wire == Int64, c.Unit == "ms":
		return catalog.Int
	case c.Wire == Strings, c.Wire == Totals:
		return catalog.List
	}
	return catalog.Text
}
