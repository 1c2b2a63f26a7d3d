-- +goose Up
-- When an office works, by its own clocks, as 1=08:00-16:00,2=08:00-15:30 from Monday on; '' is as the operator says.
ALTER TABLE offices ADD COLUMN hours TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE offices DROP COLUMN hours;
