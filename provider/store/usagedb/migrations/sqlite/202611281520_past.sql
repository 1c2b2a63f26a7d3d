-- +goose Up
-- For what people look back at.
CREATE INDEX journal_who ON journal (who, id);
CREATE INDEX consents_usage ON consents (usage);

-- +goose Down
DROP INDEX consents_usage;
DROP INDEX journal_who;
