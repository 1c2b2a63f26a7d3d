-- +goose Up
-- From a person to those who became them: what an office handed out to one of these is theirs.
CREATE INDEX persons_merged ON persons (merged) WHERE merged IS NOT NULL;

-- +goose Down
DROP INDEX persons_merged;
