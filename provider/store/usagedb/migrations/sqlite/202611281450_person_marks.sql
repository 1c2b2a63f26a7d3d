-- +goose Up
-- When what a person holds was last ended, for those who are logging in at that moment. Of a usage
-- id only; swept after a day.
CREATE TABLE person_ends (
    usage BLOB NOT NULL,
    at    INTEGER NOT NULL,
    PRIMARY KEY (usage)
) STRICT, WITHOUT ROWID;

CREATE INDEX person_ends_at ON person_ends (at);

-- +goose Down
DROP TABLE person_ends;
