package clickhouse

import (
	"strings"
	"testing"
)

// What the store does is tested on real servers, by e2e/clickhouse.

func TestValidate(t *testing.T) {
	one, two := []string{"127.0.0.1:9000"}, []string{"127.0.0.1:9000", "127.0.0.1:9001"}
	for _, c := range []struct {
		cfg  Config
		want string // in the error; "": there is none
	}{
		{Config{Servers: one, Database: "playhead"}, ""},
		{Config{Servers: two, Cluster: "shards", Database: "views_2"}, ""},
		{Config{Database: "playhead"}, "at least one host:port"},
		{Config{Servers: two, Database: "playhead"}, "the 2 servers"},
		{Config{Servers: two, Cluster: "a'b", Database: "playhead"}, `cluster of the views "a'b"`},
		{Config{Servers: one}, "database of the views"},
		{Config{Servers: one, Database: `a"b`}, "database of the views"},
	} {
		err := c.cfg.Validate()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.cfg, err, c.want)
		}
	}
}
