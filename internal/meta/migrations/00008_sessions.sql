-- +goose Up
CREATE TABLE sessions (
    secret_hash TEXT PRIMARY KEY,
    token_id TEXT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);
CREATE INDEX sessions_of_token ON sessions (token_id, used_at);

-- +goose Down
DROP TABLE sessions;
