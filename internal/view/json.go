package view

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
)

// Documents are written by hand, as every view that is committed has one:
// encoding/json takes three times as long for the details of events.

// appendEvent writes an event of a timeline as encoding/json does, with the
// members of its details in the order of their names.
func appendEvent(dst []byte, e *TimelineEvent) (_ []byte, err error) {
	dst = strconv.AppendInt(append(dst, `{"seq":`...), e.Seq, 10)
	dst = appendQuoted(append(dst, `,"name":`...), e.Name)
	dst = strconv.AppendInt(append(dst, `,"viewer_time":`...), e.ViewerTime, 10)
	dst = strconv.AppendInt(append(dst, `,"playback_time":`...), e.PlaybackTime, 10)
	dst = strconv.AppendInt(append(dst, `,"event_time":`...), e.EventTime, 10)
	dst = append(dst, `,"details":{`...)
	var room [16]string
	names := slices.AppendSeq(room[:0], maps.Keys(e.Details))
	slices.Sort(names)
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendQuoted(dst, name), ':')
		if dst, err = appendDetail(dst, e.Details[name]); err != nil {
			return nil, err
		}
	}
	return append(dst, "}}"...), nil
}

// appendDetail writes a text, a number, a truth value, or what else JSON can
// hold.
func appendDetail(dst []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case string:
		return appendQuoted(dst, v), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case float64:
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			return appendFigure(dst, v), nil
		}
	}
	data, err := json.Marshal(value)
	return append(dst, data...), err
}

// appendQuoted writes a text. Nearly all texts stand for themselves.
func appendQuoted(dst []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return append(dst, mustJSON(text)...)
		}
	}
	return append(append(append(dst, '"'), text...), '"')
}

// appendFigure writes a number that is finite.
func appendFigure(dst []byte, n float64) []byte {
	if n == math.Trunc(n) && math.Abs(n) < maxInt {
		return strconv.AppendInt(dst, int64(n), 10)
	}
	return strconv.AppendFloat(dst, n, 'g', -1, 64)
}

// mustJSON writes a text or a list of texts, which always can be written.
func mustJSON(value any) []byte {
	b, err := json.Marshal(value)
	if err != nil {
		panic("BUG: write text as JSON: " + err.Error())
	}
	return b
}
