-- +goose Up
CREATE TABLE error_categories (
    environment_id TEXT NOT NULL REFERENCES environments (id),
    code TEXT NOT NULL,
    severity TEXT NOT NULL,
    business_exception BOOLEAN NOT NULL,
    PRIMARY KEY (environment_id, code)
);

CREATE TABLE error_notes (
    environment_id TEXT NOT NULL REFERENCES environments (id),
    error_type_id BIGINT NOT NULL,
    notes TEXT NOT NULL,
    PRIMARY KEY (environment_id, error_type_id)
);

-- +goose Down
DROP TABLE error_notes;
DROP TABLE error_categories;
