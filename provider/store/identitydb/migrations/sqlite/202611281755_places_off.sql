-- +goose Up
-- Offices and institutions that are switched off: what they handed out lets nobody in, and their people
-- do nothing (0: on, 1: off).
ALTER TABLE institutions ADD COLUMN off INTEGER NOT NULL DEFAULT 0;
ALTER TABLE offices ADD COLUMN off INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE offices DROP COLUMN off;
ALTER TABLE institutions DROP COLUMN off;
