-- +goose Up
-- Which sessions rest on which session of an upstream, so that a logout there ends those and no others.
-- The digest is keyed outside the database; what the upstream calls its session is not to be had from it.
CREATE TABLE upstream_sessions (
    digest  BYTEA NOT NULL,
    session BYTEA NOT NULL,
    epoch   BIGINT NOT NULL,
    until   BIGINT NOT NULL,
    PRIMARY KEY (digest, session)
);
CREATE INDEX upstream_sessions_until ON upstream_sessions (until);

-- +goose Down
DROP TABLE upstream_sessions;
