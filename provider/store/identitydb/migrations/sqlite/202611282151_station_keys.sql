-- +goose Up
-- What ties the people of an office to its positions (off, network, key, both), and what its clerks may do in a
-- day; 0 is as much as the operator allows.
ALTER TABLE offices ADD COLUMN binding TEXT NOT NULL DEFAULT 'network';
ALTER TABLE offices ADD COLUMN look_ups INTEGER NOT NULL DEFAULT 0;
ALTER TABLE offices ADD COLUMN enrolments INTEGER NOT NULL DEFAULT 0;

-- A computer of a position: SHA-256 of its public key, or of its certificate.
CREATE TABLE station_keys (
    thumb    BLOB NOT NULL PRIMARY KEY,
    office   TEXT NOT NULL,
    station  TEXT NOT NULL,
    kind     TEXT NOT NULL,
    added    INTEGER NOT NULL,
    added_by TEXT NOT NULL,
    FOREIGN KEY (office, station) REFERENCES stations (office, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX station_keys_office ON station_keys (office, station);

-- +goose Down
DROP TABLE station_keys;
ALTER TABLE offices DROP COLUMN enrolments;
ALTER TABLE offices DROP COLUMN look_ups;
ALTER TABLE offices DROP COLUMN binding;
