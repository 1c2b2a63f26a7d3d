-- +goose Up
-- From which networks a position may be worked at, as "10.1.2.0/24 2001:db8::/64"; '' is from everywhere.
ALTER TABLE stations ADD COLUMN networks TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE stations DROP COLUMN networks;
