// Package slack tells a channel of Slack of incidents, by an incoming webhook.
// Programs that take the same requests (Mattermost, Rocket.Chat) are told too.
package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf16"

	"playhead/internal/fault"
	"playhead/internal/incident"
	"playhead/internal/meta"
	"playhead/internal/outbound"
)

// What Slack takes of a text, in characters. Which ones it counts is not told: here
// those beyond the basic plane, as emoji, are two.
const (
	mostTitle   = 150  // of a header
	mostSection = 3000 // of a section
)

// Sender sends to incoming webhooks.
type Sender struct{ client *outbound.Client }

// New makes a Sender.
func New(client *outbound.Client) *Sender { return &Sender{client} }

// Check implements incident.Sender.
func (s *Sender) Check(c meta.Channel) error {
	if err := s.client.Check(c.Target); err != nil {
		return &fault.Error{Code: fault.Invalid, Param: "target", Message: err.Error()}
	}
	return nil
}

// Send implements incident.Sender.
func (s *Sender) Send(ctx context.Context, c meta.Channel, m incident.Message) (int, error) {
	body, err := json.Marshal(newPayload(m))
	if err != nil {
		return 0, fmt.Errorf("write payload: %w", err)
	}
	answer, err := s.client.Post(ctx, c.Target, http.Header{"Content-Type": {"application/json"}}, body)
	if err != nil {
		return 0, err
	}
	if answer.Status/100 == 2 {
		return answer.Status, nil
	}
	return answer.Status, &incident.Failure{
		Err:        fmt.Errorf("slack answers %d%s", answer.Status, word(answer.Body)),
		Permanent:  answer.Status == http.StatusBadRequest || answer.Status == http.StatusGone, // the message is not understood; the channel is archived
		RetryAfter: answer.RetryAfter,
	}
}

// errorWord is how Slack says what is wrong, as in invalid_payload.
var errorWord = regexp.MustCompile(`^[a-z][a-z_]{1,60}$`)

// word is what Slack says is wrong; nothing else of an answer is repeated.
func word(body []byte) string {
	if text := strings.TrimSpace(string(body)); errorWord.MatchString(text) {
		return ": " + text
	}
	return ""
}

// payload is a message, see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks.
type payload struct {
	Text   string  `json:"text"` // for notifications, and where blocks are not shown
	Blocks []block `json:"blocks"`
}

type block struct {
	Type     string `json:"type"`
	Text     *text  `json:"text,omitempty"`
	Elements []text `json:"elements,omitempty"`
}

type text struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Verbatim bool   `json:"verbatim,omitempty"` // what looks like a link in texts of others does not become one
}

func newPayload(m incident.Message) payload {
	title := m.Title(mostTitle)
	for most := mostTitle - 1; length(title) > mostTitle; most-- {
		title = m.Title(most)
	}
	var lines []string
	for _, f := range m.Facts() {
		lines = append(lines, fmt.Sprintf("*%s:* %s", f.Name, escaped(f.Text)))
	}
	if m.Link != "" {
		lines = append(lines, fmt.Sprintf("<%s|Incident %s>", m.Link, escaped(m.Incident.ID)))
	}
	return payload{
		Text: escaped(title),
		Blocks: []block{
			{Type: "header", Text: &text{Type: "plain_text", Text: title}},
			{Type: "section", Text: &text{"mrkdwn", fitting(lines), true}},
			{Type: "context", Elements: []text{{"mrkdwn", fmt.Sprintf("Incident %s, delivery %s", escaped(m.Incident.ID), m.ID), true}}},
		},
	}
}

// fitting is as many of the lines as a section takes. Those in the middle are the
// first to go: the cause is in front, the link at the end.
func fitting(lines []string) string {
	for length(strings.Join(lines, "\n")) > mostSection {
		middle := len(lines) / 2
		lines = append(lines[:middle:middle], lines[middle+1:]...)
	}
	return strings.Join(lines, "\n")
}

// length is how many characters a text has.
func length(s string) int { return len(utf16.Encode([]rune(s))) }

// escaped keeps a text from being taken for markup, as in <!channel>: titles and
// messages of errors are written by others. Spaces of no width keep
// Mattermost, too, from calling everybody by @channel, and from hiding where a link
// leads to.
func escaped(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "@", "@\u200b", "](", "]\u200b(").Replace(s)
}
