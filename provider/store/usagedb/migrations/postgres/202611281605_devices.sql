-- +goose Up
-- Browsers that people logged in with, by a digest that is another for each person.
CREATE TABLE devices (
    usage  BYTEA NOT NULL,
    device BYTEA NOT NULL,
    seen   BIGINT NOT NULL,
    PRIMARY KEY (usage, device)
);

CREATE INDEX devices_seen ON devices (seen);

-- +goose Down
DROP TABLE devices;
