-- +goose Up
-- How people are known to what an office handed out: a drawn handle, and a name that is typed. No row
-- changes because somebody logged in; what a login changes stands in the usage database.
CREATE TABLE accounts (
    handle BLOB NOT NULL,
    person BLOB NOT NULL,
    name   BLOB NOT NULL,
    since  INTEGER NOT NULL,
    PRIMARY KEY (handle),
    UNIQUE (person),
    FOREIGN KEY (person) REFERENCES persons (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE account_digests (
    key_id INTEGER NOT NULL,
    digest BLOB NOT NULL,
    handle BLOB NOT NULL,
    PRIMARY KEY (digest, key_id),
    FOREIGN KEY (handle) REFERENCES accounts (handle)
) STRICT, WITHOUT ROWID;

-- Only state and label change.
CREATE TABLE authenticators (
    id        BLOB NOT NULL,
    handle    BLOB NOT NULL,
    kind      TEXT NOT NULL,
    mechanism TEXT NOT NULL,
    level     TEXT NOT NULL,
    cap_until INTEGER NOT NULL,
    case_id   TEXT NOT NULL,
    office    TEXT NOT NULL,
    via       TEXT NOT NULL,
    state     TEXT NOT NULL,
    since     INTEGER NOT NULL,
    label     BLOB,
    sealed    BLOB NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (handle) REFERENCES accounts (handle)
) STRICT, WITHOUT ROWID;

CREATE INDEX authenticators_handle ON authenticators (handle);
CREATE INDEX authenticators_case ON authenticators (case_id);

-- Of the credential ids of passkeys.
CREATE TABLE credential_digests (
    key_id        INTEGER NOT NULL,
    digest        BLOB NOT NULL,
    authenticator BLOB NOT NULL,
    PRIMARY KEY (digest, key_id),
    FOREIGN KEY (authenticator) REFERENCES authenticators (id)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE credential_digests;
DROP TABLE authenticators;
DROP TABLE account_digests;
DROP TABLE accounts;
