-- +goose Up
-- Subjects that a merged person's heir has from them, so that they can be given back.
CREATE TABLE inherited (
    sector TEXT NOT NULL,
    origin BLOB NOT NULL,
    heir   BLOB NOT NULL,
    PRIMARY KEY (sector, origin)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE inherited;
