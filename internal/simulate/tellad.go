package simulate

import (
	"strconv"

	"playhead/internal/event"
)

// adTold is what is known of the ads.
type adTold struct {
	kind       uint16
	requesting bool
	requested  int64 // when, since the start of the script
	asked      bool  // a preroll was asked for
	played     int64 // ms of the ad that is on
	quarters   int64 // of it that were told
	loading    int64 // since when, by the start of the script
	shown      bool  // a preroll
}

const (
	adHost = "https://ads.example.com/"
	adCDN  = "media.adserver.example"
)

// openAd tells what begins with a scene of an ad.
func (c *cursor) openAd() {
	f := &c.arena
	switch c.scene.kind {
	case sceneBreak:
		c.ad.kind, c.rolling = c.scene.n, false
		f.text(fieldAdType, [...]string{preroll: "preroll", midroll: "midroll"}[c.ad.kind])
		c.tell(event.AdBreakStart)
	case sceneAdRequest:
		c.requestAd()
	case sceneAdLoad:
		c.loadAd()
	case sceneAd:
		c.playAd()
	case sceneAdEnded:
		c.identify()
		c.tell(event.AdEnded)
	case sceneAdError:
		c.tell(event.AdError)
	case sceneBreakEnded:
		c.tell(event.AdBreakEnd)
		c.tell(event.Play)
	}
}

// identify adds what names the ad.
func (c *cursor) identify() {
	number := strconv.Itoa(int(c.ad.kind)*10 + int(c.scene.n) + 1)
	c.arena.text(fieldAdID, "ad-"+number)
	c.arena.text(fieldCreative, "creative-"+number)
}

func (c *cursor) requestAd() {
	f := &c.arena
	c.adRequests++
	c.ad.requesting, c.ad.requested = true, c.at
	f.text(fieldAdTag, adHost+"vast")
	f.num(fieldAdRequests, float64(c.adRequests))
	if c.ad.kind == preroll {
		f.flag(fieldPrerollRequested, true)
		f.num(fieldPrerollRequests, float64(c.adRequests))
		f.text(fieldPrerollTagHost, "ads.example.com")
	}
	c.tell(event.AdRequest)
}

// respond tells that the ad server answered.
func (c *cursor) respond() {
	c.ad.requesting = false
	c.adAsked += c.at - c.ad.requested
	c.arena.num(fieldAdAsked, float64(c.adAsked))
	c.tell(event.AdResponse)
}

// loadAd tells that an ad is to play.
func (c *cursor) loadAd() {
	f := &c.arena
	c.adsShown++
	c.ad.loading, c.ad.played, c.ad.quarters = c.at, 0, 0
	c.identify()
	f.text(fieldAdAsset, "https://"+adCDN+"/"+strconv.Itoa(int(c.scene.n))+".mp4")
	f.num(fieldAdsPlayed, float64(c.adsShown))
	if c.ad.kind == preroll && !c.ad.asked {
		c.ad.asked = true
		f.flag(fieldPrerollPlayed, true)
		f.text(fieldPrerollAssetHost, adCDN)
		f.num(fieldPrerollAsked, float64(c.at-c.ad.requested))
		f.num(fieldStartupAsked, float64(c.watch))
	}
	c.tell(event.AdPlay)
}

// playAd tells that an ad shows its first frame.
func (c *cursor) playAd() {
	f := &c.arena
	c.identify()
	c.show()
	if c.ad.kind == preroll && !c.ad.shown {
		c.ad.shown = true
		f.num(fieldPrerollLoad, float64(c.at-c.ad.loading))
		f.num(fieldStartupLoad, float64(c.at-c.ad.loading))
	}
	c.tell(event.AdPlaying)
}

// untilQuarter is how long it is until the next quarter of the ad is over.
func (c *cursor) untilQuarter() int64 {
	quarter := int64(c.scene.to) / 4
	if quarter == 0 || c.ad.quarters == 3 {
		return never
	}
	return (c.ad.quarters+1)*quarter - c.ad.played
}

func (c *cursor) quarter() {
	c.ad.quarters++
	c.identify()
	c.tell([...]event.Kind{"adfirstquartile", "admidpoint", "adthirdquartile"}[c.ad.quarters-1])
}
