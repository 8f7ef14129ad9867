package outbound_test

import (
	"testing"
	"time"

	"playhead/internal/outbound"
)

// TestSign has a signature that was made by
//
//	printf '1565220904.{"type":"incident.test"}' | openssl dgst -sha256 -hmac SECRET
func TestSign(t *testing.T) {
	body := []byte(`{"type":"incident.test"}`)
	at := time.Unix(1565220904, 999)
	const one, two = "577d16ecb1f0744af5a791c11702496449ee8261d1d58785146f0e02ecf3f903", "f79338f5c6ccbb98d0fb411554e6d1e79050d9c098afa0eb4bdd8353f46fde68"
	for _, test := range []struct {
		secrets []string
		want    string
	}{
		{[]string{"SuperSecret123"}, "t=1565220904,v1=" + one},
		{[]string{"new", "SuperSecret123"}, "t=1565220904,v1=" + two + ",v1=" + one},
		{nil, ""},
	} {
		if got := outbound.Sign(test.secrets, at, body); got != test.want {
			t.Errorf("signature with %v is %s; want %s", test.secrets, got, test.want)
		}
	}
}
