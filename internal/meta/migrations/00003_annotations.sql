-- +goose Up
CREATE TABLE annotations (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environments (id),
    date BIGINT NOT NULL,
    note TEXT NOT NULL,
    sub_property_id TEXT NOT NULL
);
CREATE INDEX annotations_by_date ON annotations (environment_id, date, id);

-- +goose Down
DROP TABLE annotations;
