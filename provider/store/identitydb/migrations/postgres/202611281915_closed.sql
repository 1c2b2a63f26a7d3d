-- +goose Up
-- People who let no further way to log in be added to what they have (0: added by their number, 1: not).
ALTER TABLE persons ADD COLUMN closed BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE persons DROP COLUMN closed;
