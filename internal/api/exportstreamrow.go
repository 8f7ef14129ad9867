package api

import "playhead/internal/meta"

// exportStreamRow is where something is sent, and how far that has come.
type exportStreamRow struct {
	ID           string   `json:"id" format:"uuid" doc:"a UUID"`
	Name         string   `json:"name" doc:"what people call it"`
	Content      string   `json:"content" enum:"video_views,monitoring_samples" doc:"each complete view with its events, again when it changes; or what each viewer did in 30 seconds"`
	Format       string   `json:"format" enum:"json,protobuf" doc:"of the messages"`
	Kind         string   `json:"kind" enum:"http,kafka" doc:"how they are sent"`
	Enabled      bool     `json:"enabled" doc:"whether they are sent"`
	Target       string   `json:"target" doc:"the URL, without what is secret of it: its password and query; or the addresses of brokers, separated by commas"`
	Topic        *string  `json:"topic" doc:"the topic of Kafka; null of http"`
	TLS          bool     `json:"tls" doc:"whether connections to Kafka are encrypted"`
	Mechanism    *string  `json:"sasl_mechanism" enum:"plain,scram-sha-256,scram-sha-512" doc:"how to log in to Kafka; null: nobody does"`
	Username     *string  `json:"username" doc:"the name to log in with. The password is not shown"`
	RotatedUntil *string  `json:"rotated_until" format:"date-time" doc:"until when the secret before this one signs, too"`
	CreatedAt    string   `json:"created_at" format:"date-time" doc:"when it was made"`
	UpdatedAt    string   `json:"updated_at" format:"date-time" doc:"when it was changed last"`
	Lag          *float64 `json:"lag_seconds" doc:"for how long what is not sent yet has been there to be sent; 0: nothing is; null: it is not sent, or by another server"`
	Delivered    int64    `json:"delivered" doc:"messages that the receiver has taken; one that was sent again counts again"`
	DeliveredAt  *string  `json:"delivered_at" format:"date-time" doc:"when it took some last"`
	Failures     int64    `json:"failures" doc:"attempts that have failed since then"`
	FailedAt     *string  `json:"failed_at" format:"date-time" doc:"when the last one did"`
	Error        *string  `json:"error" doc:"why"`
}

// exportStreamWithSecret is a stream with what cannot be shown again.
type exportStreamWithSecret struct {
	exportStreamRow
	Secret *string `json:"secret" doc:"what requests are signed with; null of kafka. It cannot be shown again"`
}

// newExportStream is a stream to make.
type newExportStream struct {
	Name      string `json:"name" doc:"what people call it: 1 to 64 printable characters" example:"\"Lake\""`
	Content   string `json:"content" enum:"video_views,monitoring_samples" doc:"each complete view with its events, again when it changes; or what each viewer did in 30 seconds"`
	Format    string `json:"format" enum:"json,protobuf" doc:"of the messages"`
	Kind      string `json:"kind" enum:"http,kafka" doc:"how they are sent"`
	Target    string `json:"target" doc:"the URL, or up to 20 addresses of brokers, separated by commas" example:"\"https://example.com/views\""`
	Topic     string `json:"topic,omitempty" doc:"the topic of Kafka"`
	TLS       bool   `json:"tls,omitempty" doc:"whether connections to Kafka are encrypted: without, only networks are spoken to that the server's setting notify-networks names; false by default"`
	Mechanism string `json:"sasl_mechanism,omitempty" enum:"plain,scram-sha-256,scram-sha-512" doc:"how to log in to Kafka; nobody does by default. plain needs tls"`
	Username  string `json:"username,omitempty" doc:"the name to log in with"`
	Password  string `json:"password,omitempty" doc:"the password to log in with"`
	Enabled   *bool  `json:"enabled,omitempty" doc:"whether they are sent; true by default"`
}

// exportStreamChange is what becomes different.
type exportStreamChange struct {
	Name      *string `json:"name,omitempty" doc:"what people call it: 1 to 64 printable characters"`
	Target    *string `json:"target,omitempty" doc:"all of the URL or the addresses; if there is a password, that too"`
	Topic     *string `json:"topic,omitempty" doc:"the topic of Kafka"`
	TLS       *bool   `json:"tls,omitempty" doc:"whether connections to Kafka are encrypted"`
	Mechanism *string `json:"sasl_mechanism,omitempty" enum:"plain,scram-sha-256,scram-sha-512" doc:"how to log in to Kafka; an empty text: not at all, which forgets name and password"`
	Username  *string `json:"username,omitempty" doc:"the name to log in with"`
	Password  *string `json:"password,omitempty" doc:"the password to log in with"`
	Enabled   *bool   `json:"enabled,omitempty" doc:"whether they are sent"`
}

// exportStreamTest is what became of a test.
type exportStreamTest struct {
	OK     bool    `json:"ok" doc:"whether the receiver can be reached"`
	TookMS int64   `json:"took_ms" doc:"how long it took, in ms"`
	Error  *string `json:"error" doc:"what is wrong; null: nothing is"`
}

// exportStreamWithSecret is the answer that shows a secret.
func (s *server) exportStreamWithSecret(c *call, e meta.ExportStream) (any, error) {
	row, err := s.newExportStreamRow(c, e)
	if err != nil {
		return nil, err
	}
	shown := exportStreamWithSecret{exportStreamRow: row}
	if len(e.Secrets) > 0 {
		shown.Secret = &e.Secrets[0]
	}
	return oneRecord(c, shown), nil
}

func (s *server) newExportStreamRow(c *call, e meta.ExportStream) (exportStreamRow, error) {
	p, err := s.Records.ExportPosition(c, e.ID)
	row := exportStreamRow{
		ID: e.ID, Name: e.Name, Content: e.Content, Format: e.Format, Kind: e.Kind, Enabled: e.Enabled, Target: e.Target,
		Topic: text(e.Topic), TLS: e.TLS, Mechanism: text(e.Mechanism), Username: text(e.Username),
		RotatedUntil: dateOrNull(e.RotatedUntil), CreatedAt: date(e.CreatedAt), UpdatedAt: date(e.UpdatedAt),
		Delivered: p.Delivered, DeliveredAt: instantOrNull(p.DeliveredAt), Failures: p.Failures, FailedAt: instantOrNull(p.FailedAt), Error: text(p.Error),
	}
	if e.Kind == meta.StreamHTTP {
		row.Target = meta.MaskURL(e.Target)
	}
	if lag, runs := s.Sender.Lag(e.ID); runs {
		seconds := lag.Seconds()
		row.Lag = &seconds
	}
	return row, err
}
