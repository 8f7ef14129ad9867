-- What is not looked for by a column of its own is in a document, as JSON. Of
-- environments that are not known here nothing must fail: they are no references.

-- +goose Up
CREATE TABLE alert_rules (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environments (id),
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX alert_rules_by_environment ON alert_rules (environment_id);

CREATE TABLE channels (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environments (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    subscription TEXT NOT NULL,
    target TEXT NOT NULL,
    secret TEXT NOT NULL,
    secret_before TEXT NOT NULL,
    rotated_until BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX channels_by_environment ON channels (environment_id);

CREATE TABLE incidents (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    incident_key TEXT NOT NULL,
    rule_id TEXT NOT NULL,
    status TEXT NOT NULL,
    severity TEXT NOT NULL,
    affected_views BIGINT NOT NULL,
    measured_value DOUBLE PRECISION NOT NULL,
    started_at BIGINT NOT NULL,
    closed_at BIGINT,
    document TEXT NOT NULL
);
CREATE INDEX incidents_by_start ON incidents (environment_id, started_at);
CREATE INDEX incidents_by_close ON incidents (environment_id, closed_at);
-- There is one open incident about the same at most.
CREATE UNIQUE INDEX incidents_open ON incidents (environment_id, incident_key, rule_id) WHERE status = 'open';

-- One row: how far views have been looked at, and the last number of a
-- notification.
CREATE TABLE evaluation (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    position BIGINT,
    last_notification BIGINT NOT NULL
);
INSERT INTO evaluation (id, last_notification) VALUES (1, 0);

CREATE TABLE detector_states (
    environment_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (environment_id, scope)
);

CREATE TABLE rule_states (
    rule_id TEXT PRIMARY KEY REFERENCES alert_rules (id),
    data BYTEA NOT NULL
);

-- The log of deliveries outlives channels, so they are no references. Tests have
-- no incident: null is never the same as null.
CREATE TABLE notifications (
    id BIGINT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    incident_id TEXT,
    event TEXT NOT NULL,
    document TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    queued_at BIGINT NOT NULL,
    attempted_at BIGINT,
    next_attempt BIGINT,
    UNIQUE (incident_id, event, channel_id)
);
CREATE INDEX notifications_by_channel ON notifications (channel_id, id);
CREATE INDEX notifications_by_time ON notifications (queued_at);
CREATE INDEX notifications_queued ON notifications (channel_id, id) WHERE state = 'queued';
CREATE INDEX notifications_due ON notifications (next_attempt) WHERE state = 'queued';

CREATE TABLE attempts (
    notification_id BIGINT NOT NULL REFERENCES notifications (id),
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    took_us BIGINT NOT NULL,
    status BIGINT NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (notification_id, number)
);
CREATE INDEX attempts_by_time ON attempts (at);

-- +goose Down
DROP TABLE attempts;
DROP TABLE notifications;
DROP TABLE rule_states;
DROP TABLE detector_states;
DROP TABLE evaluation;
DROP TABLE incidents;
DROP TABLE channels;
DROP TABLE alert_rules;
