// Package daily issues the files of days: for each environment and UTC day one file of
// each format with the views that ended in it, and a manifest.
//
// What is to be there follows from the store and the records alone: where the store
// has something else of a day than the records say was issued last, the day is
// issued, or issued again. So a crash at any moment needs no more than to look again.
//
// A day is written in three steps. All its files are written to a staging folder,
// in one pass over the store, and made durable; a plan beside them says that they are
// whole. The destination makes them visible. The records are told. Whoever dies in
// between begins with what the plan says, or, without one, from the start.
package daily

import (
	"context"
	"time"

	"playhead/internal/meta"
)

// Destination is where files of days go. Names have one "/", see [FileName].
type Destination interface {
	// Publish makes files visible, one directly after the other in their order, each at
	// once and whole, in place of those of the same names. It leaves the staged files where
	// they are. It may be called again with the same, after an error or by the next
	// process: what is done already is not done twice.
	Publish(ctx context.Context, files []Staged) error
	// Remove takes files away. Names that are not there are no error.
	Remove(ctx context.Context, names []string) error
	// Has reports whether a file is there, as large as it was issued.
	Has(ctx context.Context, file meta.ExportFile) (bool, error)
}

// Tidier is a destination that may have unfinished things of those who died.
type Tidier interface {
	// Tidy removes what is unfinished and was begun before a time.
	Tidy(ctx context.Context, before time.Time) error
}

// Staged is a whole file of this machine that is to be published.
type Staged struct {
	Name      string // at the destination
	Path      string // on this machine
	MediaType string
}
