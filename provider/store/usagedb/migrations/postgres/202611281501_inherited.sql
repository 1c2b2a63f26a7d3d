-- +goose Up
-- Subjects that a merged person's heir has from them, so that they can be given back.
CREATE TABLE inherited (
    sector TEXT NOT NULL,
    origin BYTEA NOT NULL,
    heir   BYTEA NOT NULL,
    PRIMARY KEY (sector, origin)
);

-- +goose Down
DROP TABLE inherited;
