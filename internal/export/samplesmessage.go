package export

import (
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// The fields of samples and their parts in messages. Left out are those that Playhead does
// not know (the address, and what real-time numbers do not go by) and those that are deprecated.
const (
	tagSamples = 1 // in the message of samples

	tagCustomer       = 4
	tagRecords        = 5
	tagSource         = 6
	tagSampleView     = 7
	tagStartupFailure = 16
	tagExited         = 17
	tagPreviousSource = 22

	tagStart    = 1 // in a record
	tagDuration = 2
	tagMetrics  = 3

	tagMetricType  = 1 // in a metric
	tagMetricValue = 2

	tagHost = 3 // in a source
)

// AppendSamples appends one message of samples.
func AppendSamples(dst []byte, f MessageFormat, list []Sample) []byte {
	if f == JSON {
		dst = append(dst, `{"samples":[`...)
		for n := range list {
			dst = list[n].appendJSON(appendComma(dst, n))
		}
		return append(dst, "]}"...)
	}
	for n := range list {
		dst = protowire.AppendTag(dst, tagSamples, protowire.BytesType)
		at := len(dst)
		dst = closed(list[n].appendProto(dst), at)
	}
	return dst
}

func (s *Sample) appendProto(dst []byte) []byte {
	dst = appendField(dst, tagCustomer, &value{wire: Int64, whole: s.Property})
	for n := range s.Records {
		dst = protowire.AppendTag(dst, tagRecords, protowire.BytesType)
		at := len(dst)
		dst = closed(s.Records[n].appendProto(dst), at)
	}
	dst = appendSource(dst, tagSource, s.Source)
	dst = appendTextField(dst, tagSampleView, s.View.String())
	for n := range sampleFields {
		f := &sampleFields[n]
		if v, ok := f.of(s); ok {
			dst = appendField(dst, f.tag, &v)
		}
	}
	dst = appendField(dst, tagStartupFailure, &value{wire: Boolean, is: s.StartupFailure})
	dst = appendField(dst, tagExited, &value{wire: Boolean, is: s.Exited})
	return appendSource(dst, tagPreviousSource, s.Before)
}

// appendSource appends a source, of which the name of the CDN is known.
func appendSource(dst []byte, tag int32, cdn string) []byte {
	if cdn == "" {
		return dst
	}
	dst = protowire.AppendTag(dst, protowire.Number(tag), protowire.BytesType)
	at := len(dst)
	return closed(appendTextField(dst, tagHost, cdn), at)
}

func (r *Record) appendProto(dst []byte) []byte {
	dst = appendTime(dst, tagStart, r.Start)
	dst = appendField(dst, tagDuration, &value{wire: Int64, whole: r.Duration})
	for _, m := range r.Metrics {
		dst = protowire.AppendTag(dst, tagMetrics, protowire.BytesType)
		at := len(dst)
		dst = appendField(dst, tagMetricType, &value{wire: Int32, whole: int64(m.Type)})
		dst = closed(appendField(dst, tagMetricValue, &value{wire: Int64, whole: m.Value}), at)
	}
	return dst
}

func (s *Sample) appendJSON(dst []byte) []byte {
	dst = append(strconv.AppendInt(append(dst, `{"customer_id":"`...), s.Property, 10), `","records":[`...)
	for n := range s.Records {
		dst = s.Records[n].appendJSON(appendComma(dst, n))
	}
	dst = append(dst, ']')
	if s.Source != "" {
		dst = append(appendString(append(dst, `,"source":{"host_id":`...), s.Source), '}')
	}
	dst = append(append(append(dst, `,"view_id":"`...), s.View.String()...), '"')
	for n := range sampleFields {
		f := &sampleFields[n]
		if v, ok := f.of(s); ok {
			dst = appendJSONValue(appendMember(dst, f.name), &v)
		}
	}
	dst = strconv.AppendBool(append(dst, `,"video_startup_failure":`...), s.StartupFailure)
	dst = strconv.AppendBool(append(dst, `,"exit_before_video_start":`...), s.Exited)
	if s.Before != "" {
		dst = append(appendString(append(dst, `,"previous_source":{"host_id":`...), s.Before), '}')
	}
	return append(dst, '}')
}

func (r *Record) appendJSON(dst []byte) []byte {
	dst = appendJSONTime(append(dst, `{"start":`...), r.Start)
	dst = strconv.AppendInt(append(dst, `,"duration_ms":`...), r.Duration, 10)
	dst = append(dst, `,"metrics":[`...)
	for n, m := range r.Metrics {
		dst = append(append(append(appendComma(dst, n), `{"type":"`...), sampleTypes[m.Type]...), `","value":"`...)
		dst = append(strconv.AppendInt(dst, m.Value, 10), `"}`...)
	}
	return append(dst, "]}"...)
}
