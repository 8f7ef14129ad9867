package export

import "testing"

// BenchmarkMessage writes and reads the message of a view of which all is known, with
// 120 events.
func BenchmarkMessage(b *testing.B) {
	v := known()
	for range 9 {
		v.Events = append(v.Events, events...)
	}
	for _, f := range MessageFormats {
		data, err := AppendMessage(nil, f, v, 1)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("write/"+string(f), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if data, err = AppendMessage(data[:0], f, v, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("read/"+string(f), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ReadMessage(f, data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
