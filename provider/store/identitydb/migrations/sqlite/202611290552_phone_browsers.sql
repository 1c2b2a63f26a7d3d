-- +goose Up
-- The family of the browser of a phone that came first: chromium, safari, firefox, other; '' where it was not asked.
ALTER TABLE phone_requests ADD COLUMN browser TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE phone_requests DROP COLUMN browser;
