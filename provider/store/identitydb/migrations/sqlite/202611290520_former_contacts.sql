-- +goose Up
-- Addresses of people that newer ones have replaced, kept for a time: whoever changed where somebody is told of
-- something must not be the only one who is told (R-ENR-07). Sealed as the current ones; ended is a day.
CREATE TABLE former_contacts (
    person      BLOB NOT NULL,
    kind        TEXT NOT NULL,
    sealed      BLOB NOT NULL,
    source_rank INTEGER NOT NULL,
    ended       INTEGER NOT NULL,
    PRIMARY KEY (person, kind, sealed),
    FOREIGN KEY (person) REFERENCES persons (id)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE former_contacts;
