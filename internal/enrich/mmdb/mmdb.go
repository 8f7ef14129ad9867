// Package mmdb makes small databases of addresses in MMDB format. Only tests
// import it.
package mmdb

import (
	"encoding/binary"
	"maps"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Write makes a database of version 2 from rows by network, such as
// 192.0.2.0/24, and returns its path. It is gone at the end of the test. Rows
// are made of string, float64, uint16, uint32, uint64, map[string]any and []any.
func Write(t testing.TB, rows map[string]any) string {
	t.Helper()
	type node [2]int // child: > 0 a node, < 0 the row -n, 0 nothing
	nodes := []node{{}}
	var data []byte
	var offsets []int
	for _, prefix := range slices.Sorted(maps.Keys(rows)) {
		p := netip.MustParsePrefix(prefix)
		bits, addr := p.Bits(), p.Addr().As16()
		if p.Addr().Is4() {
			bits += 96
			clear(addr[:12]) // IPv4 lies at ::/96
		}
		offsets = append(offsets, len(data))
		data = appendValue(data, rows[prefix])
		at := 0
		for i := range bits {
			side := addr[i/8] >> (7 - i%8) & 1
			switch {
			case i == bits-1:
				nodes[at][side] = -len(offsets)
			case nodes[at][side] > 0:
				at = nodes[at][side]
			default:
				nodes = append(nodes, node{})
				nodes[at][side] = len(nodes) - 1
				at = len(nodes) - 1
			}
		}
	}
	var out []byte
	for _, n := range nodes {
		for _, child := range n {
			record := child
			switch {
			case child < 0:
				record = len(nodes) + 16 + offsets[-child-1]
			case child == 0:
				record = len(nodes)
			}
			out = append(out, byte(record>>16), byte(record>>8), byte(record))
		}
	}
	out = append(append(out, make([]byte, 16)...), data...)
	out = append(out, "\xab\xcd\xefMaxMind.com"...)
	out = appendValue(out, map[string]any{
		"binary_format_major_version": uint16(2), "binary_format_minor_version": uint16(0), "build_epoch": uint64(1795374597),
		"database_type": "Test", "description": map[string]any{"en": "test"}, "ip_version": uint16(6), "languages": []any{"en"},
		"node_count": uint32(len(nodes)), "record_size": uint16(24),
	})
	path := filepath.Join(t.TempDir(), "test.mmdb")
	if err := os.WriteFile(path, out, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// appendValue writes one value of the data section.
func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		if len(v) >= 29 {
			return append(append(b, 2<<5|29, byte(len(v)-29)), v...)
		}
		return append(append(b, 2<<5|byte(len(v))), v...)
	case float64:
		return binary.BigEndian.AppendUint64(append(b, 3<<5|8), math.Float64bits(v))
	case uint16:
		return binary.BigEndian.AppendUint16(append(b, 5<<5|2), v)
	case uint32:
		return binary.BigEndian.AppendUint32(append(b, 6<<5|4), v)
	case uint64:
		return binary.BigEndian.AppendUint64(append(b, 8, 9-7), v)
	case map[string]any:
		b = append(b, 7<<5|byte(len(v)))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			b = appendValue(appendValue(b, key), v[key])
		}
		return b
	case []any:
		b = append(b, byte(len(v)), 11-7)
		for _, x := range v {
			b = appendValue(b, x)
		}
		return b
	}
	panic("BUG: no such value")
}
