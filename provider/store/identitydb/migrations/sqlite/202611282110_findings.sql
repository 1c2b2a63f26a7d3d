-- +goose Up
-- What speaks against a person's proofs for a time: a document reported stolen, a clerk's doubt. A day, no moment.
CREATE TABLE findings (
    person BLOB NOT NULL,
    code   TEXT NOT NULL,
    until  INTEGER NOT NULL, -- the last day
    PRIMARY KEY (person, code),
    FOREIGN KEY (person) REFERENCES persons (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX findings_until ON findings (until);

-- +goose Down
DROP TABLE findings;
