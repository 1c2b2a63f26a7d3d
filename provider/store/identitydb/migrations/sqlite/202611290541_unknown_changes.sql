-- +goose Up
-- That a register told of a change of somebody whom nobody here knew, under a keyed digest of their number. It is kept
-- for a week, so that a desk knows of it when they come; at is the last time, in microseconds.
CREATE TABLE unknown_changes (
    key_id INTEGER NOT NULL,
    digest BLOB    NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (digest, key_id)
) STRICT;

CREATE INDEX unknown_changes_at ON unknown_changes (at);

-- +goose Down
DROP TABLE unknown_changes;
