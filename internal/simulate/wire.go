package simulate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"time"

	"playhead/internal/beacon/mux"
)

// player is the SDK of one view: it numbers events and sends what changed.
type player struct {
	envKey string
	script *script
	start  time.Time
	seq    int
	sent   map[string]any // the last value of each field
}

func newPlayer(envKey string, s *script, start time.Time) *player {
	return &player{envKey: envKey, script: s, start: start, sent: map[string]any{}}
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
	whole := p.seq == 1 || e.kind == "viewstart" || e.kind == "viewend"
	for _, fields := range []map[string]any{p.constant(), e.fields} {
		for name, value := range fields {
			if last, held := p.sent[name]; whole || !held || !reflect.DeepEqual(last, value) {
				set(name, value)
			}
			p.sent[name] = value
		}
	}
	return wire
}

// constant are the fields that stay the same during a view.
func (p *player) constant() map[string]any {
	s := p.script
	f := map[string]any{
		"mux_api_version": "2.1", "mux_embed": "mux-embed", "mux_embed_version": "5.19.0",
		"mux_viewer_id": s.viewer.id, "session_id": s.viewer.id, "viewer_connection_type": s.viewer.connection,
		"player_name": "demo", "player_software_name": s.viewer.software,
		"player_mux_plugin_name": s.viewer.plugin, "player_mux_plugin_version": "5.19.0",
		"player_width": s.viewer.width, "player_height": s.viewer.height, "player_autoplay_on": false, "player_preload_on": "auto",
		"video_id": s.title.id, "video_title": s.title.name, "video_content_type": s.title.contentType,
		"video_stream_type": "on-demand", "video_cdn": s.viewer.cdn, "video_source_hostname": s.viewer.cdn + ".example",
		"video_source_mime_type": "application/x-mpegurl", "page_url": "https://video.example/watch/" + s.title.id,
	}
	if s.title.series != "" {
		f["video_series"] = s.title.series
	}
	if p.seq > 1 {
		f["view_start"] = p.start.UnixMilli()
	}
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
