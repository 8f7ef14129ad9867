package simulate

import "slices"

// addQuality adds what the picture was like, over the time that content played.
func (t *Truth) addQuality(s *script) {
	full, rung := false, int(s.rung)
	var bits, up, down, mostUp, mostDown float64
	var ms int64
	began := false
	for _, c := range s.scenes {
		switch c.kind {
		case sceneMode:
			full = c.n == 1
		case sceneShift:
			t.shift(int(c.n) - rung)
			rung = int(c.n)
		case scenePlay:
			began = true
			r := s.title.ladder[rung]
			t.played(s, r, int64(c.ms))
			if c.ms == 0 {
				continue
			}
			width, height := s.size(full)
			scale := min(float64(width)/float64(r.width), float64(height)/float64(r.height))
			ms += int64(c.ms)
			bits += float64(r.bitrate) * float64(c.ms)
			up += max(0, scale-1) * float64(c.ms)
			down += max(0, 1-scale) * float64(c.ms)
			mostUp, mostDown = max(mostUp, scale-1), max(mostDown, 1-scale)
		}
	}
	if !began || ms == 0 {
		return
	}
	up, down, bits = up/float64(ms), down/float64(ms), bits/float64(ms)
	t.Upscale, t.Downscale, t.MaxUp, t.MaxDown = &up, &down, &mostUp, &mostDown
	if s.viewer.adaptive {
		t.Bitrate = &bits
	}
}

func (t *Truth) shift(by int) {
	t.Changes++
	if by > 0 {
		t.Upshifts++
	} else {
		t.Downshifts++
	}
}

func (t *Truth) played(s *script, r rendition, ms int64) {
	if ms == 0 {
		return
	}
	is := RenditionTime{Width: r.width, Height: r.height}
	if s.viewer.adaptive {
		is.Bitrate = r.bitrate
	}
	i := slices.IndexFunc(t.Renditions, func(o RenditionTime) bool { return o.Height == is.Height })
	if i < 0 {
		i = len(t.Renditions)
		t.Renditions = append(t.Renditions, is)
	}
	t.Renditions[i].Time += ms
}

// addRequests adds up the requests: one for each segment of the content, as
// soon as its first picture was shown.
func (t *Truth) addRequests(s *script) {
	if !s.viewer.requests {
		return
	}
	rung := s.rung
	var number, played int64
	var sum requestSums
	for _, c := range s.scenes {
		switch c.kind {
		case sceneShift:
			rung = uint8(c.n) //nolint:gosec // ladders are short
		case scenePlay:
			for played += int64(c.ms); number*segment <= played; number++ {
				sum.add(s.request(number, &s.title.ladder[rung]))
			}
		}
	}
	if number == 0 {
		return
	}
	latency, throughput := float64(sum.latency)/float64(number), float64(sum.bytes)*8000/float64(sum.took)
	t.RequestLatency, t.MaxLatency, t.Throughput = &latency, &sum.longest, &throughput
}

// addAds counts what happened in ad breaks.
func (t *Truth) addAds(s *script) {
	kind, failed, loading := uint16(preroll), false, false
	var waited, loads, load int64 // since the start; since the first preroll was asked to play; of this ad
	for _, c := range s.scenes {
		switch c.kind {
		case sceneBreak:
			t.Breaks++
			kind, failed = c.n, false
		case sceneAdRequest:
			waited += int64(c.ms)
			if kind == preroll {
				one := int64(1)
				t.PrerollRequests = &one
			}
		case sceneAdLoad:
			t.Attempts++
			loading, load = true, int64(c.ms)
			loads += load
			if kind == preroll && t.PrerollRequestTime == nil {
				asked := waited
				t.PrerollRequestTime = &asked
			}
		case sceneAd:
			t.Impressions++
			loading = false
			if kind == preroll && t.AdPrerollStartup == nil {
				startup, last := loads, load
				t.AdPrerollStartup, t.PrerollLoadTime = &startup, &last
			}
		case sceneAdError:
			t.AdErrors++
			t.StartupErrors++
			loading = false
			if !failed {
				failed = true
				t.BreakErrors++
			}
		}
	}
	if loading {
		t.ExitsBeforeAd++
	}
}
