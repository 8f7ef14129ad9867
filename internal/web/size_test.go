package web

import "testing"

// TestSize: what the page loads stays small, as it is sent.
func TestSize(t *testing.T) {
	h, err := New()
	if err != nil {
		t.Fatal(err)
	}
	const most = 150_000 // bytes
	scripts, all := 0, 0
	for _, a := range h.(*handler).assets {
		all += len(a.gzipped)
		if a.contentType == "text/javascript; charset=utf-8" {
			scripts += len(a.gzipped)
		}
	}
	t.Logf("scripts are %d bytes, all assets %d, compressed", scripts, all)
	if scripts == 0 || scripts >= most {
		t.Errorf("scripts are %d bytes, compressed; want fewer than %d, and some", scripts, most)
	}
}
