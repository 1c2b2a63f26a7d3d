-- +goose Up
-- Times are microseconds since 1970. Columns that never change stand first, those that change last:
-- an update then logs only the end of its row.

CREATE TABLE settings (
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
);

INSERT INTO settings (name, value) VALUES ('epoch', '1');

CREATE TABLE registry (
    id      BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (id)
);

INSERT INTO registry (id, version) VALUES (1, 1);

CREATE TABLE parties (
    id       TEXT NOT NULL,
    document BYTEA NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE clients (
    id       TEXT NOT NULL,
    document BYTEA NOT NULL,
    PRIMARY KEY (id)
);

-- Logins under way. No index on expires, which every step changes: rows are swept in order of id.
CREATE TABLE logins (
    id      BYTEA NOT NULL,
    epoch   BIGINT NOT NULL,
    created BIGINT NOT NULL,
    digest  BYTEA NOT NULL,
    gen     BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    done    BOOLEAN NOT NULL,
    sealed  BYTEA,
    wrap    BYTEA,
    PRIMARY KEY (id)
) WITH (fillfactor = 50);

-- idle is never later than absolute.
CREATE TABLE sessions (
    id       BYTEA NOT NULL,
    epoch    BIGINT NOT NULL,
    digest   BYTEA NOT NULL,
    usage    BYTEA NOT NULL,
    created  BIGINT NOT NULL,
    absolute BIGINT NOT NULL,
    means    TEXT NOT NULL,
    issuer   TEXT NOT NULL,
    rules    TEXT NOT NULL,
    sealed   BYTEA,
    wrap     BYTEA,
    gen      BIGINT NOT NULL,
    idle     BIGINT NOT NULL,
    PRIMARY KEY (id)
) WITH (fillfactor = 70);

CREATE INDEX sessions_idle ON sessions (idle);

CREATE TABLE grants (
    id             BYTEA NOT NULL,
    epoch          BIGINT NOT NULL,
    client         TEXT NOT NULL,
    party          TEXT NOT NULL,
    usage          BYTEA NOT NULL,
    login          BYTEA NOT NULL,
    session        BYTEA,
    release        BYTEA NOT NULL,
    means          TEXT NOT NULL,
    issuer         TEXT NOT NULL,
    rules          TEXT NOT NULL,
    created        BIGINT NOT NULL,
    code_until     BIGINT NOT NULL,
    ends           BIGINT NOT NULL,
    kept           BYTEA NOT NULL,
    code_digest    BYTEA,
    sealed         BYTEA,
    state          TEXT NOT NULL,
    gen            BIGINT NOT NULL,
    code_wrap      BYTEA,
    access_digest  BYTEA,
    access_wrap    BYTEA,
    access_until   BIGINT NOT NULL,
    prev_access    BYTEA,
    prev_wrap      BYTEA,
    prev_until     BIGINT NOT NULL,
    refresh_digest BYTEA,
    refresh_wrap   BYTEA,
    refresh_gen    BIGINT NOT NULL,
    refresh_salt   BYTEA,
    prev_refresh   BYTEA,
    grace_until    BIGINT NOT NULL,
    PRIMARY KEY (id)
) WITH (fillfactor = 50);

-- What is still to be erased. Redeeming and refreshing change neither column.
CREATE INDEX grants_due ON grants (ends) WHERE sealed IS NOT NULL;

CREATE TABLE releases (
    id       BYTEA NOT NULL,
    party    TEXT NOT NULL,
    usage    BYTEA NOT NULL,
    items    TEXT NOT NULL,
    declined TEXT NOT NULL,
    offline  BOOLEAN NOT NULL,
    shown    BYTEA NOT NULL,
    at       BIGINT NOT NULL,
    until    BIGINT NOT NULL,
    standing BOOLEAN NOT NULL,
    mark     TEXT NOT NULL,
    PRIMARY KEY (id)
);

-- The newest release of a pair that was to be remembered.
CREATE TABLE consents (
    party    TEXT NOT NULL,
    usage    BYTEA NOT NULL,
    release  BYTEA NOT NULL,
    items    TEXT NOT NULL,
    declined TEXT NOT NULL,
    offline  BOOLEAN NOT NULL,
    mark     TEXT NOT NULL,
    at       BIGINT NOT NULL,
    until    BIGINT NOT NULL,
    PRIMARY KEY (party, usage)
);

CREATE TABLE subjects (
    sector  TEXT NOT NULL,
    usage   BYTEA NOT NULL,
    subject TEXT NOT NULL,
    PRIMARY KEY (sector, usage),
    UNIQUE (sector, subject)
);

CREATE TABLE journal (
    id    BYTEA NOT NULL,
    kind  TEXT NOT NULL,
    at    BIGINT NOT NULL,
    who   TEXT NOT NULL,
    party TEXT NOT NULL,
    ref   TEXT NOT NULL,
    body  BYTEA NOT NULL,
    salt  BYTEA NOT NULL,
    leaf  BYTEA NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE once (
    kind   TEXT NOT NULL,
    digest BYTEA NOT NULL,
    epoch  BIGINT NOT NULL,
    until  BIGINT NOT NULL,
    PRIMARY KEY (kind, digest)
);

CREATE INDEX once_until ON once (until);

CREATE TABLE counters (
    rule  TEXT NOT NULL,
    key   BYTEA NOT NULL,
    span  BIGINT NOT NULL,
    count BIGINT NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (rule, key)
) WITH (fillfactor = 50);

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
