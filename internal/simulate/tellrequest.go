package simulate

import (
	"strconv"

	"playhead/internal/event"
)

// untilSegment is how much content plays until the next segment is needed.
func (c *cursor) untilSegment() int64 {
	if !c.viewer.requests {
		return never
	}
	return c.segments*segment - c.content
}

// fetch tells the request for a segment, as soon as it is needed.
func (c *cursor) fetch() {
	if !c.viewer.requests {
		return
	}
	r := c.script.request(c.segments, c.rendition)
	c.segments++
	c.requests.add(r)
	if c.brief {
		return
	}
	f, now := &c.arena, c.start+c.at
	host := c.delivers.name + ".example"
	f.text(fieldRequestType, "media")
	f.text(fieldRequestEvent, "hlsFragLoaded")
	f.num(fieldRequestStart, float64(now-r.took-r.latency))
	f.num(fieldResponseStart, float64(now-r.took))
	f.num(fieldResponseEnd, float64(now))
	f.num(fieldBytes, float64(r.bytes))
	f.text(fieldHost, host)
	f.text(fieldURL, "https://"+host+"/"+c.title.id+"/"+c.rendition.name+"/"+strconv.FormatInt(c.segments-1, 10)+".m4s")
	f.num(fieldSegmentLength, segment/1000)
	f.num(fieldLabeled, float64(c.rendition.bitrate))
	f.num(fieldRequestWidth, float64(c.rendition.width))
	f.num(fieldRequestHeight, float64(c.rendition.height))
	c.tell(event.RequestCompleted)
}

// failed tells that a request failed for which a segment, or the list of them,
// does not come.
func (c *cursor) failed(e *playerError) {
	f, now := &c.arena, c.start+c.at
	host := c.delivers.name + ".example"
	f.text(fieldRequestType, "media")
	f.text(fieldRequestError, "fragLoadError")
	if code, err := strconv.Atoi(e.code); err == nil && code >= 400 {
		f.num(fieldRequestCode, float64(code)) // the status of the answer
	}
	f.num(fieldRequestStart, float64(now-int64(c.viewer.network.latency)))
	f.text(fieldHost, host)
	f.text(fieldURL, "https://"+host+"/"+c.title.id+"/"+c.rendition.name+"/"+strconv.FormatInt(c.segments, 10)+".m4s")
	f.num(fieldFailed, 1)
	c.tell(event.RequestFailed)
}
