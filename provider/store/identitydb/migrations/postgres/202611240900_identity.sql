-- +goose Up
-- Persons and what ties them to their means. No row of a person, identifier, link, comparison or
-- contact holds a time finer than the day (days since 1970), and ids are random: neither says when
-- somebody logged in. Messages, conflicts and the journal hold microseconds since 1970.

CREATE TABLE settings (
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
);

INSERT INTO settings (name, value) VALUES ('epoch', '1');

-- usage is sealed under the join key.
CREATE TABLE persons (
    id      BYTEA NOT NULL,
    usage   BYTEA NOT NULL,
    created INTEGER NOT NULL,
    merged  BYTEA,
    state   TEXT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (merged) REFERENCES persons (id),
    CHECK ((state = 'merged') = (merged IS NOT NULL))
);

-- The way back from a usage id, by a keyed digest for each key in use.
CREATE TABLE usage_digests (
    key_id INTEGER NOT NULL,
    digest BYTEA NOT NULL,
    person BYTEA NOT NULL,
    PRIMARY KEY (digest, key_id),
    FOREIGN KEY (person) REFERENCES persons (id)
);

CREATE TABLE identifiers (
    id          BYTEA NOT NULL,
    person      BYTEA NOT NULL,
    scheme      TEXT NOT NULL,
    country     TEXT NOT NULL,
    sealed      BYTEA NOT NULL,
    source_kind TEXT NOT NULL,
    source_id   TEXT NOT NULL,
    since       INTEGER NOT NULL,
    state       TEXT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (person) REFERENCES persons (id)
);

CREATE INDEX identifiers_person ON identifiers (person);

-- A person has one current identifier of each scheme and country.
CREATE UNIQUE INDEX identifiers_current ON identifiers (person, scheme, country) WHERE state = 'current';

-- A number belongs to one person for ever, superseded or not: this is what makes two first logins
-- at once one person. In a turnover of keys an identifier has a digest under each.
CREATE TABLE identifier_digests (
    key_id     INTEGER NOT NULL,
    scheme     TEXT NOT NULL,
    country    TEXT NOT NULL,
    digest     BYTEA NOT NULL,
    identifier BYTEA NOT NULL,
    PRIMARY KEY (digest, key_id, scheme, country),
    FOREIGN KEY (identifier) REFERENCES identifiers (id)
);

CREATE INDEX identifier_digests_identifier ON identifier_digests (identifier);

CREATE TABLE links (
    id     BYTEA NOT NULL,
    person BYTEA NOT NULL,
    means  TEXT NOT NULL,
    issuer TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    method TEXT NOT NULL,
    level  TEXT NOT NULL,
    since  INTEGER NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (person) REFERENCES persons (id)
);

CREATE INDEX links_person ON links (person);

CREATE TABLE link_digests (
    key_id INTEGER NOT NULL,
    means  TEXT NOT NULL,
    issuer TEXT NOT NULL,
    digest BYTEA NOT NULL,
    link   BYTEA NOT NULL,
    PRIMARY KEY (digest, key_id, means, issuer),
    FOREIGN KEY (link) REFERENCES links (id)
);

-- Keyed digests of folded name and birth date: one of the present name, others of former names and
-- other spellings.
CREATE TABLE comparisons (
    person  BYTEA NOT NULL,
    key_id  INTEGER NOT NULL,
    digest  BYTEA NOT NULL,
    present INTEGER NOT NULL,
    PRIMARY KEY (person, digest, key_id),
    FOREIGN KEY (person) REFERENCES persons (id)
);

CREATE TABLE contacts (
    person      BYTEA NOT NULL,
    kind        TEXT NOT NULL,
    sealed      BYTEA NOT NULL,
    source_kind TEXT NOT NULL,
    source_id   TEXT NOT NULL,
    source_rank INTEGER NOT NULL,
    since       INTEGER NOT NULL,
    PRIMARY KEY (person, kind),
    FOREIGN KEY (person) REFERENCES persons (id)
);

-- Cases for review. person is NULL where there is none yet. mark is taken away with the case's
-- closing, so that the same conflict may be queued again.
CREATE TABLE conflicts (
    id      BYTEA NOT NULL,
    key_id  INTEGER NOT NULL,
    mark    BYTEA,
    person  BYTEA,
    means   TEXT NOT NULL,
    reasons TEXT NOT NULL,
    opened  BIGINT NOT NULL,
    state   TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (mark, key_id),
    FOREIGN KEY (person) REFERENCES persons (id)
);

-- Leasing and postponing move due; nothing else changes.
CREATE TABLE messages (
    id       BYTEA NOT NULL,
    person   BYTEA NOT NULL,
    channel  TEXT NOT NULL,
    text     TEXT NOT NULL,
    sealed   BYTEA NOT NULL,
    created  BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    due      BIGINT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (person) REFERENCES persons (id)
);

CREATE INDEX messages_due ON messages (due);

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

CREATE INDEX journal_who ON journal (who, at);

-- +goose Down
DROP TABLE journal;
DROP TABLE messages;
DROP TABLE conflicts;
DROP TABLE contacts;
DROP TABLE comparisons;
DROP TABLE link_digests;
DROP TABLE links;
DROP TABLE identifier_digests;
DROP TABLE identifiers;
DROP TABLE usage_digests;
DROP TABLE persons;
DROP TABLE settings;
