-- +goose Up
-- That what a person holds elsewhere is to end, written with the stop of what it was opened with, and gone when it
-- has ended. Mark tells one such stop from the next; since is a moment, in microseconds.
CREATE TABLE owed_ends (
    person BYTEA NOT NULL,
    mark   BYTEA NOT NULL,
    since  BIGINT NOT NULL,
    PRIMARY KEY (person),
    FOREIGN KEY (person) REFERENCES persons (id)
);

-- +goose Down
DROP TABLE owed_ends;
