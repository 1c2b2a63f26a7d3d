-- +goose Up
-- Which office handed out what a session or a grant rests on; '' for none.
ALTER TABLE sessions ADD COLUMN office TEXT NOT NULL DEFAULT '';
ALTER TABLE grants ADD COLUMN office TEXT NOT NULL DEFAULT '';
CREATE INDEX sessions_office ON sessions (office) WHERE office <> '';
CREATE INDEX grants_office ON grants (office) WHERE office <> '';

-- +goose Down
DROP INDEX grants_office;
DROP INDEX sessions_office;
ALTER TABLE grants DROP COLUMN office;
ALTER TABLE sessions DROP COLUMN office;
