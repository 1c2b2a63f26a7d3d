-- +goose Up
-- Which sessions rest on which session of an upstream, so that a logout there ends those and no others.
-- The digest is keyed outside the database; what the upstream calls its session is not to be had from it.
CREATE TABLE upstream_sessions (
    digest  BLOB NOT NULL,
    session BLOB NOT NULL,
    epoch   INTEGER NOT NULL,
    until   INTEGER NOT NULL,
    PRIMARY KEY (digest, session)
) STRICT, WITHOUT ROWID;
CREATE INDEX upstream_sessions_until ON upstream_sessions (until);

-- +goose Down
DROP TABLE upstream_sessions;
