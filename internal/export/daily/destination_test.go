package daily

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"time"

	"playhead/internal/meta"
)

// shelf is a destination in memory.
type shelf struct {
	files  map[string]string
	fails  error                // what all fails with
	step   func(name string)    // is called before each file becomes visible
	looks  int                  // how often it was asked for a file
	tidies []time.Time          // what it was asked to tidy up
	order  []string             // names as they became visible
	types  map[string]string    // media types by name
	have   func() (bool, error) // what Has says; nil: the truth
}

func newShelf() *shelf { return &shelf{files: map[string]string{}, types: map[string]string{}} }

func (s *shelf) Publish(ctx context.Context, files []Staged) error {
	if err := errors.Join(s.fails, ctx.Err()); err != nil {
		return err
	}
	for _, f := range files {
		text, err := os.ReadFile(f.Path)
		if err != nil {
			return err
		}
		if s.step != nil {
			s.step(f.Name)
		}
		s.files[f.Name], s.types[f.Name] = string(text), f.MediaType
		s.order = append(s.order, f.Name)
	}
	return nil
}

func (s *shelf) Remove(_ context.Context, names []string) error {
	if s.fails != nil {
		return s.fails
	}
	for _, name := range names {
		if s.step != nil {
			s.step(name)
		}
		delete(s.files, name)
	}
	return nil
}

func (s *shelf) Has(_ context.Context, f meta.ExportFile) (bool, error) {
	s.looks++
	if s.have != nil {
		return s.have()
	}
	text, ok := s.files[f.Name]
	return ok && int64(len(text)) == f.Bytes, s.fails
}

func (s *shelf) Tidy(_ context.Context, before time.Time) error {
	s.tidies = append(s.tidies, before)
	return nil
}

// names are the names of all files.
func (s *shelf) names() []string { return slices.Sorted(maps.Keys(s.files)) }
