-- +goose Up
-- Persons and what ties them to their means. No row of a person, identifier, link, comparison or
-- contact holds a time finer than the day (days since 1970), and ids are random: neither says when
-- somebody logged in. Messages, conflicts and the journal hold microseconds since 1970.

CREATE TABLE settings (
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;

INSERT INTO settings (name, value) VALUES ('epoch', '1');

-- usage is sealed under the join key.
CREATE TABLE persons (
    id      BLOB NOT NULL,
    usage   BLOB NOT NULL,
    created INTEGER NOT NULL,
    merged  BLOB,
    state   TEXT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (merged) REFERENCES persons (id),
    CHECK ((state = 'merged') = (merged IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- The way back from a usage id, by a keyed digest for each key in use.
CREATE TABLE usage_digests (
    key_id INTEGER NOT NULL,
    digest BLOB NOT NULL,
    person BLOB NOT NULL,
    PRIMARY KEY (digest, key_id),
    FOREIGN KEY (person) REFERENCES persons (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE identifiers (
    id          BLOB NOT NULL,
    person      BLOB NOT NULL,
    scheme      TEXT NOT NULL,
    country     TEXT NOT NULL,
    sealed      BLOB NOT NULL,
    source_kind TEXT NOT NULL,
    source_id   TEXT NOT NULL,
    since       INTEGER NOT NULL,
    state       TEXT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (person) REFERENCES persons (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX identifiers_person ON identifiers (person);

-- A person has one current identifier of each scheme and country.
CREATE UNIQUE INDEX identifiers_current ON identifiers (person, scheme, country) WHERE state = 'current';

-- A number belongs to one person for ever, superseded or not: this is what makes two first logins
-- at once one person. In a turnover of keys an identifier has a digest under each.
CREATE TABLE identifier_digests (
    key_id     INTEGER NOT NULL,
    scheme     TEXT NOT NULL,
    country    TEXT NOT NULL,
    digest     BLOB NOT NULL,
    identifier BLOB NOT NULL,
    PRIMARY KEY (digest, key_id, scheme, country),
    FOREIGN KEY (identifier) REFERENCES identifiers (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX identifier_digests_identifier ON identifier_digests (identifier);

CREATE TABLE links (
    id     BLOB NOT NULL,
    person BLOB NOT NULL,
    means  TEXT NOT NULL,
    issuer TEXT NOT NULL,
    sealed BLOB NOT NULL,
    method TEXT NOT NULL,
    level  TEXT NOT NULL,
    since  INTEGER NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (person) REFERENCES persons (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX links_person ON links (person);

CREATE TABLE link_digests (
    key_id INTEGER NOT NULL,
    means  TEXT NOT NULL,
    issuer TEXT NOT NULL,
    digest BLOB NOT NULL,
    link   BLOB NOT NULL,
    PRIMARY KEY (digest, key_id, means, issuer),
    FOREIGN KEY (link) REFERENCES links (id)
) STRICT, WITHOUT ROWID;

-- Keyed digests of folded name and birth date: one of the present name, others of former names and
-- other spellings.
CREATE TABLE comparisons (
    person  BLOB NOT NULL,
    key_id  INTEGER NOT NULL,
    digest  BLOB NOT NULL,
    present INTEGER NOT NULL,
    PRIMARY KEY (person, digest, key_id),
    FOREIGN KEY (person) REFERENCES persons (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE contacts (
    person      BLOB NOT NULL,
    kind        TEXT NOT NULL,
    sealed      BLOB NOT NULL,
    source_kind TEXT NOT NULL,
    source_id   TEXT NOT NULL,
    source_rank INTEGER NOT NULL,
    since       INTEGER NOT NULL,
    PRIMARY KEY (person, kind),
    FOREIGN KEY (person) REFERENCES persons (id)
) STRICT, WITHOUT ROWID;

-- Cases for review. person is NULL where there is none yet. mark is taken away with the case's
-- closing, so that the same conflict may be queued again.
CREATE TABLE conflicts (
    id      BLOB NOT NULL,
    key_id  INTEGER NOT NULL,
    mark    BLOB,
    person  BLOB,
    means   TEXT NOT NULL,
    reasons TEXT NOT NULL,
    opened  INTEGER NOT NULL,
    state   TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (mark, key_id),
    FOREIGN KEY (person) REFERENCES persons (id)
) STRICT, WITHOUT ROWID;

-- Leasing and postponing move due; nothing else changes.
CREATE TABLE messages (
    id       BLOB NOT NULL,
    person   BLOB NOT NULL,
    channel  TEXT NOT NULL,
    text     TEXT NOT NULL,
    sealed   BLOB NOT NULL,
    created  INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (person) REFERENCES persons (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX messages_due ON messages (due);

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
