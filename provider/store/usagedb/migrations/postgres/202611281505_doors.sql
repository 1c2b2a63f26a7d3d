-- +goose Up
-- Sessions at our own hosts, each with the hub session that it came from.
ALTER TABLE sessions ADD COLUMN door TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN parent BYTEA;
CREATE INDEX sessions_parent ON sessions (parent) WHERE parent IS NOT NULL;

-- +goose Down
DROP INDEX sessions_parent;
ALTER TABLE sessions DROP COLUMN parent;
ALTER TABLE sessions DROP COLUMN door;
