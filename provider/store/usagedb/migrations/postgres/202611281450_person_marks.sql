-- +goose Up
-- When what a person holds was last ended, for those who are logging in at that moment. Of a usage
-- id only; swept after a day.
CREATE TABLE person_ends (
    usage BYTEA NOT NULL,
    at    BIGINT NOT NULL,
    PRIMARY KEY (usage)
);

CREATE INDEX person_ends_at ON person_ends (at);

-- +goose Down
DROP TABLE person_ends;
