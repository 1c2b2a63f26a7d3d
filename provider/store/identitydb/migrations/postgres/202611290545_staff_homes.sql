-- +goose Up
-- Keyed digests of where those live who work at desks, as a register told it last: so that a second clerk decides
-- about a citizen of the same address. No address can be told from them.
CREATE TABLE staff_homes (
    person BYTEA NOT NULL,
    key_id BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    PRIMARY KEY (person, key_id),
    FOREIGN KEY (person) REFERENCES persons (id)
);

-- +goose Down
DROP TABLE staff_homes;
