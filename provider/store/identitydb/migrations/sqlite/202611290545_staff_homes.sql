-- +goose Up
-- Keyed digests of where those live who work at desks, as a register told it last: so that a second clerk decides
-- about a citizen of the same address. No address can be told from them.
CREATE TABLE staff_homes (
    person BLOB NOT NULL,
    key_id INTEGER NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (person, key_id),
    FOREIGN KEY (person) REFERENCES persons (id)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE staff_homes;
