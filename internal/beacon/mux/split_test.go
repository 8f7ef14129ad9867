package mux

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/event"
)

func toFirst(_, _, _ []byte) int { return 0 }

// byView routes each view to its own part, in the order of appearance.
func byView() Route {
	parts := map[string]int{}
	return func(_, view, _ []byte) int {
		part, ok := parts[string(view)]
		if !ok {
			part = len(parts)
			parts[string(view)] = part
		}
		return part
	}
}

func TestSplitWhole(t *testing.T) {
	body := []byte(` {"events": [{"xid":"a"}, 7, {"xid":"a"}], "more": 1} `)
	parts, skipped, err := Split(body, byView())
	if err != nil || skipped != 1 || len(parts) != 1 {
		t.Fatalf("%d parts, %d skipped, error %v, want 1, 1, nil", len(parts), skipped, err)
	}
	if &parts[0][0] != &body[0] || len(parts[0]) != len(body) {
		t.Error("a body of one part was copied")
	}
}

func TestSplitParts(t *testing.T) {
	body := []byte(`{"events":[{"xid":"a", "n":1},{"xid":"b","n":2},"x",{"xid":"a","n":3}],"metadata": {"rtt_ms": 1 },"m":2}`)
	parts, skipped, err := Split(body, byView())
	if err != nil || skipped != 1 {
		t.Fatalf("%d skipped, error %v, want 1, nil", skipped, err)
	}
	want := [][]byte{
		[]byte(`{"metadata":{"rtt_ms": 1 },"events":[{"xid":"a", "n":1},{"xid":"a","n":3}]}`),
		[]byte(`{"metadata":{"rtt_ms": 1 },"events":[{"xid":"b","n":2}]}`),
	}
	if diff := cmp.Diff(want, parts); diff != "" {
		t.Errorf("parts differ (-want +got):\n%s", diff)
	}
}

// TestSplitBounds cuts a body with huge metadata into many parts: they must not
// be many times the body.
func TestSplitBounds(t *testing.T) {
	var body bytes.Buffer
	fmt.Fprintf(&body, `{"metadata":{"rtt_ms":1,"x":"%s"},"events":[{"xid":"0"}`, bytes.Repeat([]byte("x"), 1<<20))
	for view := 1; view < 64; view++ {
		fmt.Fprintf(&body, `,{"xid":"%d"}`, view)
	}
	body.WriteString("]}")
	parts, _, err := Split(body.Bytes(), byView())
	if err != nil || len(parts) != 64 {
		t.Fatalf("%d parts, error %v, want 64, nil", len(parts), err)
	}
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	if size > body.Len() {
		t.Errorf("a body of %d bytes became parts of %d bytes together", body.Len(), size)
	}
}

// TestSplitLeavesOut drops events: what is kept must not be the whole body.
func TestSplitLeavesOut(t *testing.T) {
	body := []byte(`{"events":[{"ake":"theirs"},{"ake":"ours"}]}`)
	parts, _, err := Split(body, func(env, _, _ []byte) int {
		if string(env) == "ours" {
			return 0
		}
		return -1
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]byte{[]byte(`{"events":[{"ake":"ours"}]}`)}, parts); diff != "" {
		t.Errorf("parts differ (-want +got):\n%s", diff)
	}
	parts, _, err = Split(body, func(_, _, _ []byte) int { return -1 })
	if len(parts) != 0 || err != nil {
		t.Errorf("nobody's events: %d parts, error %v", len(parts), err)
	}
	parts, _, err = Split([]byte(`{"events":[]}`), toFirst)
	if len(parts) != 0 || err != nil {
		t.Errorf("no events: %d parts, error %v", len(parts), err)
	}
}

func TestSplitIdentities(t *testing.T) {
	var got []string
	_, _, err := Split([]byte(`{"events":[
		{"ake":"k","xid":"v","pinid":"p"},
		{"\u0061ke":"\u006b2","xid":5,"pinid":null},
		{"qrphe":{"ake":"no","xid":"no"}},
		{"ake":["no"],"xid":true,"pinid":"a","pinid":"b"}]}`), func(env, view, player []byte) int {
		got = append(got, fmt.Sprintf("%s/%s/%s", env, view, player))
		return 0
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"k/v/p", "k2/5/", "//", "//b"}, got); diff != "" {
		t.Errorf("identities differ (-want +got):\n%s", diff)
	}
}

// TestSplitKeepsEvents: whatever the route, the parts hold exactly the events
// that it kept, each in its part, in order.
func TestSplitKeepsEvents(t *testing.T) {
	bodies := recorded(t)
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.SampledFrom(bodies).Draw(t, "body").body
		var want [][]string
		all, _, err := Decode(&event.Beacon{Body: body})
		if err != nil {
			t.Fatal(err)
		}
		i := 0
		parts, _, err := Split(body, func(_, _, _ []byte) int {
			part := rapid.IntRange(-1, min(len(want), 3)).Draw(t, "part")
			if part == len(want) {
				want = append(want, nil)
			}
			if part >= 0 {
				want[part] = append(want[part], summary(all[i]))
			}
			i++
			return part
		})
		if err != nil {
			t.Fatal(err)
		}
		var got [][]string
		for _, part := range parts {
			if !json.Valid(part) {
				t.Fatalf("part is not JSON: %s", part)
			}
			events, _, err := Decode(&event.Beacon{Body: part})
			if err != nil {
				t.Fatal(err)
			}
			lines := []string{}
			for _, e := range events {
				if e.Origin.Sent != all[0].Origin.Sent {
					t.Fatal("the metadata was lost")
				}
				lines = append(lines, summary(e))
			}
			got = append(got, lines)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("events differ (-want +got):\n%s", diff)
		}
	})
}

func summary(e event.Event) string {
	e.Origin = nil
	return fmt.Sprintf("%+v", e)
}

// FuzzSplit cuts bodies: they are JSON by the standard library's reckoning, and
// so are their parts, which have all events, in order, of the very views and
// players that they were routed by.
func FuzzSplit(f *testing.F) {
	for _, r := range recorded(f)[:20] {
		f.Add(r.body)
	}
	for _, body := range []string{
		`{"events":[{"ake":"\ud800\udc00x","xid":-1.5e+3}],"a":[[],{}]}`, `{"events":[0]}`, `{"events":[1,]}`,
		`{"events":[{"xid":"a","x_id_":"b","pinid":"c","p_instance_id":"d"},{"xid":"a","xid":"b"},{"xid":"e"}],"events":[{"xi\u0064":"f"}]}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		before := bytes.Clone(body)
		want, n := [2][]string{}, 0
		parts, _, err := Split(body, func(_, view, player []byte) int {
			part := n % 2 // 0, 1, 0, …
			n++
			want[part] = append(want[part], fmt.Sprintf("%s of %s", view, player))
			return part
		})
		if !bytes.Equal(before, body) {
			t.Fatal("the body was changed")
		}
		if err != nil {
			return
		}
		if !json.Valid(body) {
			t.Fatalf("accepted a body that is not JSON: %q", body)
		}
		var got [2][]string
		for i, part := range parts {
			if !json.Valid(part) {
				t.Fatalf("part is not JSON: %q", part)
			}
			events, _, err := Decode(&event.Beacon{Body: part})
			if err != nil {
				t.Fatalf("part cannot be decoded: %v", err)
			}
			for _, e := range events {
				got[i] = append(got[i], fmt.Sprintf("%s of %s", e.View, e.Player))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("views of the events (-routed, +decoded):\n%s", diff)
		}
	})
}

// FuzzScan checks that every JSON that the standard library accepts is read,
// and strings are read alike.
func FuzzScan(f *testing.F) {
	for _, s := range []string{`"\ud83d\ude00\u12aB\b\/"`, `-0.1e-7`, `{"a":[1,{"b":null}]}`, `"\ud800\ud800\udc00"`, " [ ] ", "\"\xff\xc3\"", "1\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := scanner{data: data}
		v := s.value()
		ok := !s.bad && s.peek() == 0 && s.pos == len(data)
		if want := json.Valid(data); ok != want && (ok || bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) < MaxDepth) {
			t.Fatalf("scan(%q) accepts: %v, want %v", data, ok, want)
		}
		var want string
		if ok && v.kind() == '"' && json.Unmarshal(data, &want) == nil {
			if got := string(v.text()); got != want {
				t.Errorf("text of %s = %q, want %q", data, got, want)
			}
		}
	})
}

func BenchmarkSplit(b *testing.B) {
	benchmark(b, func(body []byte) {
		if _, _, err := Split(body, toFirst); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	benchmark(b, func(body []byte) {
		if _, _, err := Decode(&event.Beacon{Body: body}); err != nil {
			b.Fatal(err)
		}
	})
}

// benchmark runs over all recorded bodies in turn: one operation is one body.
func benchmark(b *testing.B, run func(body []byte)) {
	all := recorded(b)
	size := 0
	for _, r := range all {
		size += len(r.body)
	}
	b.SetBytes(int64(size / len(all)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		run(all[i%len(all)].body)
	}
}
