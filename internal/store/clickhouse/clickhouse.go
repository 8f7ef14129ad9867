// Package clickhouse keeps views on ClickHouse servers and answers plans from
// them: on one server, or on several, each of which has a part of the views.
//
// The table views is that of package sqlgen with three columns more: doc is the
// whole of each view, events included; version tells which row of a view is the
// latest; made is the time in the view's id. A view never changes its
// environment and its id, so these are the key by which the engine replaces rows
// (ReplacingMergeTree) and made, not the view's own times, decides the
// partition: rows of one view must meet. Replacement happens some time later,
// so every query reads with FINAL, which leaves out what will be replaced.
//
// The table progress has one row, how far the journal has been read. It is
// written after the views. What lies between the two after a crash is written
// again, with the same ids, and so changes nothing.
//
// Several servers form a cluster that their configuration names. Each has the
// tables views_part and progress_part; views and progress then are Distributed
// tables, so that any of the servers can be asked.
//
// There is what the conformance suite asks for and no more: it keeps the SQL
// true on this engine. Adding columns to old tables, retention and copies of
// the parts are missing.
package clickhouse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"sync"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Config is where the views are kept.
type Config struct {
	Servers  []string // host:port of the native protocol; one for each part of the views
	Cluster  string   // what the servers call themselves together; empty with one server
	Database string   // on each of them; made if it is missing
}

// Validate returns an error that names the setting that is wrong.
func (c Config) Validate() error {
	switch {
	case len(c.Servers) == 0:
		return errors.New("servers of the views: want at least one host:port")
	case len(c.Servers) > 1 && c.Cluster == "":
		return fmt.Errorf("cluster of the views: want the name that the %d servers have for it", len(c.Servers))
	case c.Cluster != "" && !plain(c.Cluster):
		return fmt.Errorf("cluster of the views %q: want a name of letters, digits, _ and -", c.Cluster)
	case !plain(c.Database):
		return fmt.Errorf("database of the views %q: want a name of letters, digits, _ and -", c.Database)
	}
	return nil
}

// plain reports whether a name may be quoted as it is.
var plain = regexp.MustCompile(`^[A-Za-z0-9_-]+$`).MatchString

// Store is a database with views. Its methods may be called concurrently.
type Store struct {
	pool *sql.DB

	// A commit is two inserts, the first of them on several servers. It is held
	// for writing meanwhile and for reading by queries, so that those who ask
	// this store see all of a batch or nothing.
	mu sync.RWMutex
}

// Open connects to the servers and makes what tables they lack. The caller must
// close the store.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	for _, server := range cfg.Servers {
		if err := cfg.prepare(ctx, server); err != nil {
			return nil, fmt.Errorf("prepare server %s: %w", server, err)
		}
	}
	return &Store{pool: cfg.connect(cfg.Servers, cfg.Database)}, nil
}

// connect makes a pool of connections to any of the servers.
func (c Config) connect(servers []string, database string) *sql.DB {
	return clickhouse.OpenDB(&clickhouse.Options{
		Addr: servers,
		Auth: clickhouse.Auth{Database: database},
		Settings: clickhouse.Settings{
			"final":                         1, // of every table, also behind a Distributed one
			"cast_keep_nullable":            1, // CAST of a null is null
			"distributed_foreground_insert": 1, // an insert has ended when every server has its part
		},
	})
}

// Close closes the connections.
func (s *Store) Close() error { return s.pool.Close() }
