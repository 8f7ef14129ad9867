package simulate

import "math"

// begin decides about the time until the content plays, and reports whether it
// does.
func (p *plot) begin() bool {
	if p.chance(0.004) {
		p.last(sceneLoad, p.around(120, 0.3))
		p.fail(blocked)
		return false
	}
	patience := 4000 + p.about(25_000)
	if p.viewer.plan != "premium" && p.chance(p.title.prerolls) && !p.ads(preroll, patience) {
		return false
	}
	load := p.loading()
	for _, f := range p.faults {
		if f.during(milliseconds(p.since)) && p.chance(f.NoStart) {
			p.last(sceneLoad, min(load, patience))
			p.fail(networkError(f.Code))
			return false
		}
	}
	if p.chance(p.usuallyFails() / 2) {
		p.last(sceneLoad, min(load, patience))
		p.fail(p.usualError())
		return false
	}
	if p.chance(0.015) {
		patience = int64(float64(load) * p.rng.Float64())
	}
	p.last(sceneLoad, min(load, patience))
	return load <= patience
}

// loading is how long the content takes until its first frame.
func (p *plot) loading() int64 {
	ms := p.viewer.network.startup * p.cdn.startup * math.Sqrt(p.cdn.weakness(p.viewer.place.country))
	if p.viewer.category == "tv" {
		ms *= 1.5
	}
	return p.around(ms*p.factor(func(f *Fault) float64 { return f.Slow }), 0.55)
}

// usuallyFails is the share of views that usually fail.
func (p *plot) usuallyFails() float64 {
	return p.viewer.network.failure + p.cdn.failure*p.cdn.weakness(p.viewer.place.country)
}

// ads plays an ad break, and reports whether the viewer is still there.
func (p *plot) ads(kind int, patience int64) bool {
	p.once(sceneBreak, kind)
	p.last(sceneAdRequest, p.around(220, 0.5))
	for ad := range 1 + p.rng.IntN(2) {
		load := p.around(320, 0.6)
		if ad > 0 {
			load = 0 // it was loaded while the one before played
		}
		if load > patience || p.chance(0.005) {
			p.adScene(sceneAdLoad, ad, min(load, patience)/2)
			return false
		}
		p.adScene(sceneAdLoad, ad, load)
		if p.chance(0.03) {
			p.once(sceneAdError, ad)
			continue
		}
		if !p.ad(ad) {
			return false
		}
	}
	p.once(sceneBreakEnded, kind)
	return true
}

// ad plays an ad, and reports whether the viewer is still there.
func (p *plot) ad(ad int) bool {
	length := []int32{6000, 15_000, 20_000}[p.rng.IntN(3)]
	c := scene{kind: sceneAd, n: uint16(ad), ms: length, to: length} //nolint:gosec // a few
	switch {
	case p.chance(0.04):
		c.ms = int32(float64(length) * p.rng.Float64())
		p.add(c)
		return false
	case p.chance(0.003):
		c.ms /= 3
		p.add(c)
		p.fail(decodeError)
		return false
	}
	p.add(c)
	p.once(sceneAdEnded, ad)
	return true
}

// adScene adds a scene of an ad.
func (p *plot) adScene(kind sceneKind, ad int, ms int64) {
	p.add(scene{kind: kind, n: uint16(ad), ms: int32(ms)}) //nolint:gosec // ads are short and few
}

// What players tell when they fail.
var (
	blocked     = playerError{code: "403", message: "This video is not available in your country.", context: "rights", business: true}
	elsewhere   = playerError{code: "429", message: "Your account is watching elsewhere.", context: "streams: 2 of 1", business: true}
	decodeError = playerError{code: "3", message: "The media could not be decoded.", context: "PIPELINE_ERROR_DECODE"}
	sourceError = playerError{code: "4", message: "The media is not supported.", context: "MEDIA_ELEMENT_ERROR: format"}
	hiccup      = playerError{code: "bufferStalledError", message: "The buffer ran empty.", context: "buffer 0.02 s", warning: true}
)

// networkError is an error of the network with its usual code, or another one.
func networkError(code string) playerError {
	if code == "" {
		code = "2"
	}
	return playerError{code: code, message: "A network error caused the media download to fail.", context: "fragLoadError", network: true}
}

func (p *plot) usualError() playerError {
	return []playerError{networkError(""), networkError(""), decodeError, sourceError}[p.rng.IntN(4)]
}
