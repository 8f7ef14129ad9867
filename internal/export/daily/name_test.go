package daily

import "testing"

func TestIsName(t *testing.T) {
	for name, want := range map[string]bool{
		"jbv6gcpmjyv3/2026_11_27.csv.gz": true, "jbv6gcpmjyv3/2026_11_27.parquet": true, "jbv6gcpmjyv3/2026_11_27.ndjson.gz": true,
		"jbv6gcpmjyv3/2026_11_27.json": true, "jbv6gcpmjyv3/2026_11_27.csv": false, "jbv6gcpmjyv3/2026_13_27.csv.gz": false,
		"jbv6gcpmjyv3/2026-11-27.csv.gz": false, "2026_11_27.csv.gz": false, "a/b/2026_11_27.csv.gz": false, "/2026_11_27.csv.gz": false,
		"jbv6gcpmjyv3/2026_11_27": false, "jbv6gcpmjyv3/": false, "": false,
	} {
		if got := IsName(name); got != want {
			t.Errorf("%q: got %v, want %v", name, got, want)
		}
	}
}
