-- Times are in ms since 1970. The SQL here and in the package is understood by
-- SQLite and PostgreSQL alike.

-- +goose Up
CREATE TABLE changes (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    counter BIGINT NOT NULL
);
INSERT INTO changes (id, counter) VALUES (1, 1);

CREATE TABLE environments (
    id TEXT PRIMARY KEY,
    property BIGINT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    ingest_key TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    secret_hash TEXT NOT NULL,
    name TEXT NOT NULL,
    environment_id TEXT NOT NULL REFERENCES environments (id),
    permissions TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);

-- +goose Down
DROP TABLE tokens;
DROP TABLE environments;
DROP TABLE changes;
