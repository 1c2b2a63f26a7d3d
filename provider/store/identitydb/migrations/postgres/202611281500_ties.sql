-- +goose Up
-- Ties that can be taken off and brought back, persons that became one and can be parted again,
-- cases that people decide, and work that one replica does for all.

-- Raised when a tie ends, a state changes or persons are merged: what was proved in order to tie a
-- means before that is worth nothing any more.
ALTER TABLE persons ADD COLUMN ties INTEGER NOT NULL DEFAULT 0;

-- state is active or ended; ended is the day, ended_by is person or review. The digests of an ended
-- tie stay, so that nothing ties it again by itself; its sealed name goes after 30 days.
ALTER TABLE links ADD COLUMN state TEXT NOT NULL DEFAULT 'active';
ALTER TABLE links ADD COLUMN ended INTEGER NOT NULL DEFAULT 0;
ALTER TABLE links ADD COLUMN ended_by TEXT NOT NULL DEFAULT '';

-- What went from a merged person to the one they became, and how it stood before.
CREATE TABLE moved (
    item   BYTEA NOT NULL,
    person BYTEA NOT NULL,
    kind   TEXT NOT NULL,
    was    TEXT NOT NULL,
    PRIMARY KEY (item, person),
    FOREIGN KEY (person) REFERENCES persons (id)
);

-- origin is the merged person whose name it is.
ALTER TABLE comparisons ADD COLUMN origin BYTEA;

-- For people who look whether two persons are one; no match is made by it.
CREATE INDEX comparisons_digest ON comparisons (digest, key_id);

-- Keyed digests of document numbers: only to notice that two persons show one document.
CREATE TABLE documents (
    person BYTEA NOT NULL,
    key_id INTEGER NOT NULL,
    digest BYTEA NOT NULL,
    PRIMARY KEY (person, digest, key_id),
    FOREIGN KEY (person) REFERENCES persons (id)
);

CREATE INDEX documents_digest ON documents (digest, key_id);

-- The cases: number is what a citizen quotes; told is the digest of name and birth date as they
-- were told; first_by and second_by are the operators, by name.
ALTER TABLE conflicts ADD COLUMN number TEXT;
ALTER TABLE conflicts ADD COLUMN other BYTEA;
ALTER TABLE conflicts ADD COLUMN told BYTEA;
ALTER TABLE conflicts ADD COLUMN link BYTEA;
ALTER TABLE conflicts ADD COLUMN verdict TEXT NOT NULL DEFAULT '';
ALTER TABLE conflicts ADD COLUMN target BYTEA;
ALTER TABLE conflicts ADD COLUMN first_by TEXT NOT NULL DEFAULT '';
ALTER TABLE conflicts ADD COLUMN second_by TEXT NOT NULL DEFAULT '';
ALTER TABLE conflicts ADD COLUMN decided BIGINT NOT NULL DEFAULT 0;

CREATE UNIQUE INDEX conflicts_number ON conflicts (number);
CREATE INDEX conflicts_state ON conflicts (state, opened);

CREATE TABLE chores (
    name TEXT NOT NULL,
    due  BIGINT NOT NULL,
    PRIMARY KEY (name)
);

-- +goose Down
DROP TABLE chores;
DROP INDEX conflicts_state;
DROP INDEX conflicts_number;
ALTER TABLE conflicts DROP COLUMN decided;
ALTER TABLE conflicts DROP COLUMN second_by;
ALTER TABLE conflicts DROP COLUMN first_by;
ALTER TABLE conflicts DROP COLUMN target;
ALTER TABLE conflicts DROP COLUMN verdict;
ALTER TABLE conflicts DROP COLUMN link;
ALTER TABLE conflicts DROP COLUMN told;
ALTER TABLE conflicts DROP COLUMN other;
ALTER TABLE conflicts DROP COLUMN number;
DROP TABLE documents;
DROP INDEX comparisons_digest;
ALTER TABLE comparisons DROP COLUMN origin;
DROP TABLE moved;
ALTER TABLE links DROP COLUMN ended_by;
ALTER TABLE links DROP COLUMN ended;
ALTER TABLE links DROP COLUMN state;
ALTER TABLE persons DROP COLUMN ties;
