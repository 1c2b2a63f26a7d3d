-- +goose Up
-- Of persons that became one: who went, and whom they became. Services are told by it which of their
-- subjects name the same human.
CREATE TABLE merged (
    origin BLOB NOT NULL,
    heir   BLOB NOT NULL,
    PRIMARY KEY (origin)
) STRICT, WITHOUT ROWID;

CREATE INDEX merged_heir ON merged (heir);

-- +goose Down
DROP TABLE merged;
