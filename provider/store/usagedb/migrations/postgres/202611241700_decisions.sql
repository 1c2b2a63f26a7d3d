-- +goose Up
-- How levels were decided: the inputs in clear, without anything that names a person. Ids are in
-- order of time, so retention needs no index.
CREATE TABLE decisions (
    id     BYTEA NOT NULL,
    login  BYTEA NOT NULL,
    ref    TEXT NOT NULL,
    party  TEXT NOT NULL,
    at     BIGINT NOT NULL,
    level  TEXT NOT NULL,
    needed TEXT NOT NULL,
    rules  TEXT NOT NULL,
    inputs TEXT NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX decisions_ref ON decisions (ref);

-- Every rule set that ever decided here.
CREATE TABLE rule_sets (
    version TEXT NOT NULL,
    rules   TEXT NOT NULL,
    PRIMARY KEY (version)
);

-- +goose Down
DROP TABLE rule_sets;
DROP TABLE decisions;
