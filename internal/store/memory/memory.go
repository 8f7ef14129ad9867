// Package memory keeps views in memory and answers plans from them.
//
// It is the reference that other engines are compared with, so it says what a
// plan means as plainly as it can: formulas are computed by [expr.Eval], one
// group after the other. Each plan looks at every view once.
package memory

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"sync"

	"playhead/internal/catalog"
	"playhead/internal/fault"
	"playhead/internal/query"
	"playhead/internal/view"
)

// Store keeps the latest version of each view. All of its methods may be
// called concurrently. Views given to it and returned by it are shared: nobody
// may change them afterwards.
type Store struct {
	mu       sync.RWMutex
	views    []*view.View // in the order that they first came in
	index    map[view.ID]int
	progress view.Progress
}

var _ query.Engine = (*Store)(nil)

// New returns an empty store.
func New() *Store { return &Store{index: map[view.ID]int{}} }

// Commit keeps the views of a batch and remembers its progress.
func (s *Store) Commit(ctx context.Context, b view.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, v := range b.Views {
		i, known := s.index[v.ID]
		if !known {
			i = len(s.views)
			s.index[v.ID] = i
			s.views = append(s.views, nil)
		}
		s.views[i] = v
	}
	s.progress = b.Progress
	return nil
}

// Progress returns that of the last commit, or zero.
func (s *Store) Progress(context.Context) (view.Progress, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.progress, nil
}

// Aggregate implements [query.Engine].
func (s *Store) Aggregate(ctx context.Context, p *query.Plan) (*query.Result, error) {
	views, err := s.inScope(ctx, &p.Scope)
	if err != nil {
		return nil, err
	}
	return aggregate(views, p), nil
}

// List implements [query.Engine].
func (s *Store) List(ctx context.Context, p *query.ListPlan) (*query.ListResult, error) {
	views, err := s.inScope(ctx, &p.Scope)
	if err != nil {
		return nil, err
	}
	byEnd(views, p.Ascending)
	r := &query.ListResult{Total: len(views)}
	for _, v := range cut(views, p.Limit, p.Offset) {
		r.Views = append(r.Views, project(v, p.Columns))
	}
	return r, nil
}

// Export returns the views of a scope in the order of their ends, those that ended
// together by id, without their events.
func (s *Store) Export(ctx context.Context, scope query.Scope) iter.Seq2[*view.View, error] {
	return func(yield func(*view.View, error) bool) {
		views, err := s.inScope(ctx, &scope)
		if err != nil {
			yield(nil, err)
			return
		}
		byEnd(views, true)
		for _, v := range views {
			w := *v
			if w.Events = nil; !yield(&w, nil) {
				return
			}
		}
	}
}

// CountScope counts the views of a scope.
func (s *Store) CountScope(ctx context.Context, scope query.Scope) (int64, error) {
	views, err := s.inScope(ctx, &scope)
	return int64(len(views)), err
}

// byEnd sorts views by their ends, those that ended together by id.
func byEnd(views []*view.View, ascending bool) {
	end := catalog.MustColumn(string(catalog.ByEnd))
	slices.SortFunc(views, func(a, b *view.View) int {
		x, _ := a.Number(end)
		y, _ := b.Number(end)
		if !ascending {
			x, y = y, x
		}
		return cmp.Or(cmp.Compare(x, y), slices.Compare(a.ID[:], b.ID[:]))
	})
}

// View implements [query.Engine].
func (s *Store) View(_ context.Context, environment string, id view.ID) (*view.View, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	i, ok := s.index[id]
	if !ok || s.views[i].Text(environmentID) != environment {
		return nil, fault.New(fault.NotFound, "there is no view %s", id)
	}
	return s.views[i], nil
}

var environmentID = catalog.MustColumn("environment_id")

// inScope returns the views that a scope is about.
func (s *Store) inScope(ctx context.Context, scope *query.Scope) ([]*view.View, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var views []*view.View
	for _, v := range s.views {
		if inScope(v, scope) {
			views = append(views, v)
		}
	}
	return views, nil
}

// project copies some columns of a view.
func project(v *view.View, columns []*catalog.Column) *view.View {
	w := view.New(v.ID)
	for _, c := range columns {
		if c.IsText() {
			w.SetText(c, v.Text(c))
		} else if n, ok := v.Number(c); ok {
			w.SetNumber(c, n)
		}
	}
	return w
}

// cut is one page of a list; a limit of 0 is none.
func cut[T any](all []T, limit, offset int) []T {
	all = all[min(offset, len(all)):]
	if limit > 0 {
		all = all[:min(limit, len(all))]
	}
	return all
}
