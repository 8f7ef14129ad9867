package simulate

// segment is how much content one media request brings, in ms.
const segment = 6000

// request is how a segment came: after how many ms the first byte, in how many
// the rest, and how large.
type request struct{ latency, took, bytes int64 }

// request is the one that brought a segment of a rendition. A segment comes
// when its first picture is shown: the one of number 0 with the first frame.
func (s *script) request(number int64, r *rendition) request {
	bits := scramble(s.mix + uint64(number)) //nolint:gosec // any bits will do
	part := func(shift int) float64 { return float64(bits>>shift&0xffff) / 0xffff }
	bytes := float64(r.bitrate) / 8 * segment / 1000 * (0.8 + 0.4*part(0))
	return request{
		latency: 1 + int64(s.viewer.network.latency*s.cdn.startup*(0.6+0.8*part(16))),
		took:    1 + int64(bytes*8000/s.speed*(0.7+0.6*part(32))),
		bytes:   int64(bytes),
	}
}

// scramble is the finalizer of splitmix64.
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// requestSums are what players add up of requests.
type requestSums struct{ count, latency, longest, took, bytes int64 }

func (s *requestSums) add(r request) {
	s.count++
	s.latency += r.latency
	s.longest = max(s.longest, r.latency)
	s.took += r.took
	s.bytes += r.bytes
}
