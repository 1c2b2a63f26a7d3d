-- +goose Up
-- When a position was removed, in microseconds since 1970; 0 is that it is there. Its row stays: records name it.
ALTER TABLE stations ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE stations DROP COLUMN removed;
