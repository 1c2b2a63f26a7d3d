-- +goose Up
-- What speaks against a person's proofs for a time: a document reported stolen, a clerk's doubt. A day, no moment.
CREATE TABLE findings (
    person BYTEA NOT NULL,
    code   TEXT NOT NULL,
    until  BIGINT NOT NULL, -- the last day
    PRIMARY KEY (person, code),
    FOREIGN KEY (person) REFERENCES persons (id)
);

CREATE INDEX findings_until ON findings (until);

-- +goose Down
DROP TABLE findings;
