-- +goose Up
-- For ending everything that one person holds. The column never changes, so that redeeming and
-- refreshing touch neither index.
CREATE INDEX sessions_usage ON sessions (usage);
CREATE INDEX grants_usage ON grants (usage);

-- +goose Down
DROP INDEX grants_usage;
DROP INDEX sessions_usage;
