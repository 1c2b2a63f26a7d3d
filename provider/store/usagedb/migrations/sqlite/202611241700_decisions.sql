-- +goose Up
-- How levels were decided: the inputs in clear, without anything that names a person. Ids are in
-- order of time, so retention needs no index.
CREATE TABLE decisions (
    id     BLOB NOT NULL,
    login  BLOB NOT NULL,
    ref    TEXT NOT NULL,
    party  TEXT NOT NULL,
    at     INTEGER NOT NULL,
    level  TEXT NOT NULL,
    needed TEXT NOT NULL,
    rules  TEXT NOT NULL,
    inputs TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX decisions_ref ON decisions (ref);

-- Every rule set that ever decided here.
CREATE TABLE rule_sets (
    version TEXT NOT NULL,
    rules   TEXT NOT NULL,
    PRIMARY KEY (version)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE rule_sets;
DROP TABLE decisions;
