-- +goose Up
-- Times are microseconds since 1970. Columns that never change stand first, those that change last:
-- an update then logs only the end of its row.

CREATE TABLE settings (
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;

INSERT INTO settings (name, value) VALUES ('epoch', '1');

CREATE TABLE registry (
    id      INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

INSERT INTO registry (id, version) VALUES (1, 1);

CREATE TABLE parties (
    id       TEXT NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE clients (
    id       TEXT NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

-- Logins under way. No index on expires, which every step changes: rows are swept in order of id.
CREATE TABLE logins (
    id      BLOB NOT NULL,
    epoch   INTEGER NOT NULL,
    created INTEGER NOT NULL,
    digest  BLOB NOT NULL,
    gen     INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    done    INTEGER NOT NULL,
    sealed  BLOB,
    wrap    BLOB,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

-- idle is never later than absolute.
CREATE TABLE sessions (
    id       BLOB NOT NULL,
    epoch    INTEGER NOT NULL,
    digest   BLOB NOT NULL,
    usage    BLOB NOT NULL,
    created  INTEGER NOT NULL,
    absolute INTEGER NOT NULL,
    means    TEXT NOT NULL,
    issuer   TEXT NOT NULL,
    rules    TEXT NOT NULL,
    sealed   BLOB,
    wrap     BLOB,
    gen      INTEGER NOT NULL,
    idle     INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_idle ON sessions (idle);

CREATE TABLE grants (
    id             BLOB NOT NULL,
    epoch          INTEGER NOT NULL,
    client         TEXT NOT NULL,
    party          TEXT NOT NULL,
    usage          BLOB NOT NULL,
    login          BLOB NOT NULL,
    session        BLOB,
    release        BLOB NOT NULL,
    means          TEXT NOT NULL,
    issuer         TEXT NOT NULL,
    rules          TEXT NOT NULL,
    created        INTEGER NOT NULL,
    code_until     INTEGER NOT NULL,
    ends           INTEGER NOT NULL,
    kept           BLOB NOT NULL,
    code_digest    BLOB,
    sealed         BLOB,
    state          TEXT NOT NULL,
    gen            INTEGER NOT NULL,
    code_wrap      BLOB,
    access_digest  BLOB,
    access_wrap    BLOB,
    access_until   INTEGER NOT NULL,
    prev_access    BLOB,
    prev_wrap      BLOB,
    prev_until     INTEGER NOT NULL,
    refresh_digest BLOB,
    refresh_wrap   BLOB,
    refresh_gen    INTEGER NOT NULL,
    refresh_salt   BLOB,
    prev_refresh   BLOB,
    grace_until    INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

-- What is still to be erased. Redeeming and refreshing change neither column.
CREATE INDEX grants_due ON grants (ends) WHERE sealed IS NOT NULL;

CREATE TABLE releases (
    id       BLOB NOT NULL,
    party    TEXT NOT NULL,
    usage    BLOB NOT NULL,
    items    TEXT NOT NULL,
    declined TEXT NOT NULL,
    offline  INTEGER NOT NULL,
    shown    BLOB NOT NULL,
    at       INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    standing INTEGER NOT NULL,
    mark     TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

-- The newest release of a pair that was to be remembered.
CREATE TABLE consents (
    party    TEXT NOT NULL,
    usage    BLOB NOT NULL,
    release  BLOB NOT NULL,
    items    TEXT NOT NULL,
    declined TEXT NOT NULL,
    offline  INTEGER NOT NULL,
    mark     TEXT NOT NULL,
    at       INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    PRIMARY KEY (party, usage)
) STRICT, WITHOUT ROWID;

CREATE TABLE subjects (
    sector  TEXT NOT NULL,
    usage   BLOB NOT NULL,
    subject TEXT NOT NULL,
    PRIMARY KEY (sector, usage),
    UNIQUE (sector, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
    id    BLOB NOT NULL,
    kind  TEXT NOT NULL,
    at    INTEGER NOT NULL,
    who   TEXT NOT NULL,
    party TEXT NOT NULL,
    ref   TEXT NOT NULL,
    body  BLOB NOT NULL,
    salt  BLOB NOT NULL,
    leaf  BLOB NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE once (
    kind   TEXT NOT NULL,
    digest BLOB NOT NULL,
    epoch  INTEGER NOT NULL,
    until  INTEGER NOT NULL,
    PRIMARY KEY (kind, digest)
) STRICT, WITHOUT ROWID;

CREATE INDEX once_until ON once (until);

CREATE TABLE counters (
    rule  TEXT NOT NULL,
    key   BLOB NOT NULL,
    span  INTEGER NOT NULL,
    count INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (rule, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX counters_until ON counters (until);

-- +goose Down
DROP TABLE counters;
DROP TABLE once;
DROP TABLE journal;
DROP TABLE subjects;
DROP TABLE consents;
DROP TABLE releases;
DROP TABLE grants;
DROP TABLE sessions;
DROP TABLE logins;
DROP TABLE clients;
DROP TABLE parties;
DROP TABLE registry;
DROP TABLE settings;
