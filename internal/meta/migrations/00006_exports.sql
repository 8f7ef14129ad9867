-- Of environments that are not known here nothing must fail: they are no references.

-- +goose Up
CREATE TABLE export_days (
    environment_id TEXT NOT NULL,
    day TEXT NOT NULL,
    issue BIGINT NOT NULL,
    version BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    views BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    files TEXT NOT NULL,
    PRIMARY KEY (environment_id, day)
);

CREATE TABLE secrets (
    name TEXT PRIMARY KEY,
    value BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- +goose Down
DROP TABLE secrets;
DROP TABLE export_days;
