package simulate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"playhead/internal/beacon/mux"
	"playhead/internal/event"
)

// player is the SDK of one view: it numbers events and sends what changed.
type player struct {
	envKey string
	script *script
	start  time.Time
	seq    int
	sent   map[event.Field]event.Value // the last value of each field
}

func newPlayer(envKey string, s *script) *player {
	return &player{envKey: envKey, script: s, start: time.UnixMilli(s.start), sent: map[event.Field]event.Value{}}
}

// batch writes a body with events, sent at the given time.
func (p *player) batch(events []scriptEvent, sentAt time.Time) ([]byte, error) {
	var wire []map[string]any
	for _, e := range events {
		wire = append(wire, p.encode(e))
	}
	body, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"transmission_timestamp": sentAt.UnixMilli()},
		"events":   wire,
	})
	if err != nil {
		return nil, fmt.Errorf("write beacon: %w", err)
	}
	return body, nil
}

// encode writes one event with short keys: whole at the start and at the end
// of a view, else what changed and what is always sent.
func (p *player) encode(e scriptEvent) map[string]any {
	p.seq++
	wire := map[string]any{}
	set := func(field string, value any) { wire[mux.EncodeKey(field)] = value }
	set("event", e.kind)
	set("env_key", p.envKey)
	set("view_id", p.script.viewID)
	set("view_sequence_number", p.seq)
	set("player_sequence_number", p.seq)
	set("player_playhead_time", e.playhead.Milliseconds())
	set("viewer_time", p.start.Add(e.at).UnixMilli())
	set("player_instance_id", p.script.viewID)
	whole := p.seq == 1 || isRequest(e.kind) || e.kind == event.Error || e.kind == event.ViewStart || e.kind == event.ViewEnd
	for _, values := range [][]event.Value{p.constants(), e.fields} {
		for _, v := range values {
			if last, held := p.sent[v.Field]; whole || !held || last != v {
				set(v.Field.Name(), jsonValue(v))
			}
			p.sent[v.Field] = v
		}
	}
	return wire
}

// jsonValue is a value as web players send it.
func jsonValue(v event.Value) any {
	switch {
	case v.Null:
		return nil
	case v.Field.Type() == event.Number:
		return v.Num
	case v.Field.Type() == event.Bool:
		return v.Num == 1
	}
	return v.Text
}

// constants are the fields that stay the same during a view.
func (p *player) constants() []event.Value {
	s := p.script
	f := fields(s.constants())
	f.text(field("mux_api_version"), "2.1")
	f.text(field("mux_embed"), "mux-embed")
	f.text(field("mux_embed_version"), "5.19.0")
	f.text(field("player_mux_plugin_version"), "5.19.0")
	return f
}

// postOnce sends a body as the viewer's browser does.
func (r *runner) postOnce(ctx context.Context, s *script, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.cfg.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("post beacon: %w", err)
	}
	req.Header.Set("Content-Type", "text/plain")
	req.Header.Set("User-Agent", s.viewer.userAgent)
	req.Header.Set("X-Forwarded-For", s.viewer.address)
	resp, err := r.cfg.Client.Do(req)
	if err != nil {
		return fmt.Errorf("post beacon: %w", err)
	}
	defer resp.Body.Close()
	// Read to the end so that the connection is used again.
	if _, err := io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)); err != nil {
		return fmt.Errorf("post beacon: %w", err)
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("post beacon: status %s", resp.Status)
	}
	return nil
}
