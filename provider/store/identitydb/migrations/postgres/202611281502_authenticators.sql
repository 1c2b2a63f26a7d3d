-- +goose Up
-- How people are known to what an office handed out: a drawn handle, and a name that is typed. No row
-- changes because somebody logged in; what a login changes stands in the usage database.
CREATE TABLE accounts (
    handle BYTEA NOT NULL,
    person BYTEA NOT NULL,
    name   BYTEA NOT NULL,
    since  INTEGER NOT NULL,
    PRIMARY KEY (handle),
    UNIQUE (person),
    FOREIGN KEY (person) REFERENCES persons (id)
);

CREATE TABLE account_digests (
    key_id INTEGER NOT NULL,
    digest BYTEA NOT NULL,
    handle BYTEA NOT NULL,
    PRIMARY KEY (digest, key_id),
    FOREIGN KEY (handle) REFERENCES accounts (handle)
);

-- Only state and label change.
CREATE TABLE authenticators (
    id        BYTEA NOT NULL,
    handle    BYTEA NOT NULL,
    kind      TEXT NOT NULL,
    mechanism TEXT NOT NULL,
    level     TEXT NOT NULL,
    cap_until INTEGER NOT NULL,
    case_id   TEXT NOT NULL,
    office    TEXT NOT NULL,
    via       TEXT NOT NULL,
    state     TEXT NOT NULL,
    since     INTEGER NOT NULL,
    label     BYTEA,
    sealed    BYTEA NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (handle) REFERENCES accounts (handle)
);

CREATE INDEX authenticators_handle ON authenticators (handle);
CREATE INDEX authenticators_case ON authenticators (case_id);

-- Of the credential ids of passkeys.
CREATE TABLE credential_digests (
    key_id        INTEGER NOT NULL,
    digest        BYTEA NOT NULL,
    authenticator BYTEA NOT NULL,
    PRIMARY KEY (digest, key_id),
    FOREIGN KEY (authenticator) REFERENCES authenticators (id)
);

-- +goose Down
DROP TABLE credential_digests;
DROP TABLE authenticators;
DROP TABLE account_digests;
DROP TABLE accounts;
