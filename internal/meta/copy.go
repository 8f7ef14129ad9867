package meta

import (
	"context"
	"fmt"
)

// CopyTo writes all records to a new file, as they are at one moment. Changes
// may be made meanwhile; they are not in it.
func (s *Store) CopyTo(ctx context.Context, path string) error {
	if _, err := s.db.ExecContext(ctx, `VACUUM INTO ?`, path); err != nil {
		return fmt.Errorf("copy control-plane records: %w", err)
	}
	return nil
}
