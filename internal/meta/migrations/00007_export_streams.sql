-- Where views and samples are sent, and how far that has come. The position changes
-- with each batch: it is not among what is kept in memory, and does not raise the counter.

-- +goose Up
CREATE TABLE export_streams (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environments (id),
    name TEXT NOT NULL,
    content TEXT NOT NULL,
    format TEXT NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    topic TEXT NOT NULL,
    tls BOOLEAN NOT NULL,
    mechanism TEXT NOT NULL,
    username TEXT NOT NULL,
    password TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    secret TEXT NOT NULL,
    secret_before TEXT NOT NULL,
    rotated_until BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX export_streams_by_environment ON export_streams (environment_id);

CREATE TABLE export_positions (
    stream_id TEXT PRIMARY KEY REFERENCES export_streams (id),
    record BIGINT NOT NULL,
    view_id TEXT NOT NULL,
    sampled_to BIGINT NOT NULL,
    delivered BIGINT NOT NULL,
    delivered_at BIGINT,
    failures BIGINT NOT NULL,
    failed_at BIGINT,
    error TEXT NOT NULL
);

-- +goose Down
DROP TABLE export_positions;
DROP TABLE export_streams;
