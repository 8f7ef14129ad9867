package app

import (
	"bytes"
	"math"
	"slices"

	"playhead/internal/catalog"
	"playhead/internal/export"
	"playhead/internal/view"
)

// Reasons for which rows are rejected.
const (
	Unreadable = "unreadable"             // it is no row of its format
	Incomplete = "no id or no time"       // view_id, or both of view_start and view_end, are missing
	TooOld     = "older than retained"    // view-retention would have it deleted
	InFuture   = "in the future"          // it ends more than some minutes from now
	Foreign    = "of another environment" // the id is there already, of a view of another one
)

// ImportReport is what an import did.
type ImportReport struct {
	DryRun bool `json:"dry_run"` // nothing was changed; the counts are what would be

	Rows     int64 `json:"rows"`     // views that were read, rejected ones included
	Imported int64 `json:"imported"` // stored
	Replaced int64 `json:"replaced"` // of those imported: in the place of an earlier import's
	Same     int64 `json:"same"`     // there already, the same
	Kept     int64 `json:"kept"`     // there already, made of beacons: they stay as they are
	Repeated int64 `json:"repeated"` // followed closely by a newer state of the same view

	Rejected map[string]int64 `json:"rejected"` // by reason
	Unmapped map[string]int64 `json:"unmapped"` // columns that no column of views takes, and how many rows had a value
	Unread   map[string]int64 `json:"unread"`   // columns, and how many of their values make no sense: these are null

	Files    []*ImportedFile  `json:"files"`
	Problems []*ImportProblem `json:"problems"` // the first thousand rejected rows and unread values
}

// ImportedFile is what became of a file.
type ImportedFile struct {
	Name     string `json:"name"`
	Format   string `json:"format"`
	Rows     int64  `json:"rows"`
	Imported int64  `json:"imported"`
	Rejected int64  `json:"rejected"`
	Error    string `json:"error,omitempty"` // why the rest of it could not be read
}

// ImportProblem is a rejected row, or a value that makes no sense.
type ImportProblem struct {
	File   string `json:"file"`
	Line   int64  `json:"line"` // of the file, or the number of the message in it
	Reason string `json:"reason,omitempty"`
	Column string `json:"column,omitempty"`
	Value  string `json:"value"` // or the error, of a row
}

// maxProblems bounds the problems of a report, maxNames the columns in each of its lists.
const (
	maxProblems = 1000
	maxNames    = 1000
)

func newImportReport(dry bool) *ImportReport {
	return &ImportReport{DryRun: dry, Rejected: map[string]int64{}, Unmapped: map[string]int64{}, Unread: map[string]int64{}}
}

// importedRows is what a report has of some rows of a file.
type importedRows struct {
	rows, repeated, imported, replaced, same, kept int64
	rejected, unmapped, unread                     map[string]int64
	problems                                       []*ImportProblem
	broken                                         string
}

func newImportedRows() *importedRows {
	return &importedRows{rejected: map[string]int64{}, unmapped: map[string]int64{}, unread: map[string]int64{}}
}

func (r *importedRows) problem(p ImportProblem) {
	if len(r.problems) < maxProblems {
		r.problems = append(r.problems, &p)
	}
}

// reject counts a row that is not imported.
func (r *importedRows) reject(line int64, reason, why string) {
	r.rejected[reason]++
	r.problem(ImportProblem{Line: line, Reason: reason, Value: why})
}

// note counts what of a row could not be taken.
func (r *importedRows) note(i *export.Imported) {
	for _, name := range i.Unmapped {
		count(r.unmapped, name, 1)
	}
	for _, p := range i.Unread {
		count(r.unread, p.Column, 1)
		r.problem(ImportProblem{Line: i.Line, Column: p.Column, Value: p.Value})
	}
}

// count counts by name. Names are of files: what there is no room for is counted together.
func count(of map[string]int64, name string, n int64) {
	if _, known := of[name]; !known && len(of) >= maxNames {
		name = "other columns"
	}
	of[name] += n
}

// add adds what some rows of a file were.
func (r *ImportReport) add(file *ImportedFile, rows *importedRows) {
	if !slices.Contains(r.Files, file) {
		r.Files = append(r.Files, file)
	}
	file.Rows += rows.rows
	file.Imported += rows.imported
	file.Error = rows.broken
	r.Rows += rows.rows
	r.Imported += rows.imported
	r.Replaced += rows.replaced
	r.Same += rows.same
	r.Kept += rows.kept
	r.Repeated += rows.repeated
	for reason, n := range rows.rejected {
		r.Rejected[reason] += n
		file.Rejected += n
	}
	for name, n := range rows.unmapped {
		count(r.Unmapped, name, n)
	}
	for name, n := range rows.unread {
		count(r.Unread, name, n)
	}
	for _, p := range rows.problems[:min(len(rows.problems), maxProblems-len(r.Problems))] {
		p.File = file.Name
		r.Problems = append(r.Problems, p)
	}
}

// Broken are the files that could not be read to their end.
func (r *ImportReport) Broken() (list []*ImportedFile) {
	for _, f := range r.Files {
		if f.Error != "" {
			list = append(list, f)
		}
	}
	return list
}

var (
	columnStart       = catalog.MustColumn("view_start")
	columnEnd         = catalog.MustColumn("view_end")
	columnEnvironment = catalog.MustColumn("environment_id")
	columnSDKID       = catalog.MustColumn("view_id")
)

func isKnown(v *view.View, c *catalog.Column) bool { _, ok := v.Number(c); return ok }

// sameView reports whether a view is stored as it is: with its events, where the
// store has them, or else without what only documents have.
func sameView(v *view.View, s view.Stored) bool {
	if s.Document != nil {
		document, err := view.EncodeDocument(v)
		return err == nil && bytes.Equal(document, s.Document)
	}
	for _, c := range catalog.Columns {
		switch {
		case c.Shown:
		case c.IsText():
			if v.Text(c) != s.Row.Text(c) {
				return false
			}
		default:
			a, known := v.Number(c)
			b, ok := s.Row.Number(c)
			if known != ok || known && math.Float64bits(a) != math.Float64bits(b) {
				return false
			}
		}
	}
	return true
}
