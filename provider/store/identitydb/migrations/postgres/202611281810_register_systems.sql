-- +goose Up
-- What register systems asked and are told. Times are microseconds since 1970.

-- An Idempotency-Key, as a digest, and what was asked under it, as a keyed one: the same again is the
-- same case.
CREATE TABLE case_requests (
    system  TEXT NOT NULL,
    key     BYTEA NOT NULL,
    body    BYTEA NOT NULL,
    case_id BYTEA NOT NULL,
    PRIMARY KEY (system, key),
    FOREIGN KEY (case_id) REFERENCES cases (id)
);

-- The newest state of a case that its system is told. due is 0 once it was told, or given up.
CREATE TABLE case_calls (
    case_id   BYTEA NOT NULL,
    system    TEXT NOT NULL,
    reference TEXT NOT NULL,
    state     TEXT NOT NULL,
    seq       INTEGER NOT NULL,
    changed   BIGINT NOT NULL,
    attempts  INTEGER NOT NULL,
    due       BIGINT NOT NULL,
    PRIMARY KEY (case_id),
    FOREIGN KEY (case_id) REFERENCES cases (id)
);

CREATE INDEX case_calls_due ON case_calls (system, due) WHERE due > 0;

-- +goose Down
DROP TABLE case_calls;
DROP TABLE case_requests;
