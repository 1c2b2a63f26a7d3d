-- +goose Up
-- Who acted for whom it is about; NULL: nobody. A decision to be remembered is of who took it: a person's own
-- has them as the actor, too.
ALTER TABLE grants ADD COLUMN actor BLOB;
CREATE INDEX grants_actor ON grants (actor) WHERE actor IS NOT NULL;
ALTER TABLE releases ADD COLUMN actor BLOB;
ALTER TABLE proofs ADD COLUMN actor BLOB;
CREATE TABLE consents_by (
    party    TEXT NOT NULL,
    usage    BLOB NOT NULL,
    actor    BLOB NOT NULL,
    release  BLOB NOT NULL,
    items    TEXT NOT NULL,
    declined TEXT NOT NULL,
    offline  INTEGER NOT NULL,
    mark     TEXT NOT NULL,
    at       INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    PRIMARY KEY (party, usage, actor)
) STRICT, WITHOUT ROWID;
INSERT INTO consents_by (party, usage, actor, release, items, declined, offline, mark, at, until)
    SELECT party, usage, usage, release, items, declined, offline, mark, at, until FROM consents;
DROP TABLE consents;
ALTER TABLE consents_by RENAME TO consents;
CREATE INDEX consents_usage ON consents (usage);
CREATE INDEX consents_actor ON consents (actor);

-- +goose Down
CREATE TABLE consents_of (
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
INSERT INTO consents_of (party, usage, release, items, declined, offline, mark, at, until)
    SELECT party, usage, release, items, declined, offline, mark, at, until FROM consents WHERE actor = usage;
DROP TABLE consents;
ALTER TABLE consents_of RENAME TO consents;
CREATE INDEX consents_usage ON consents (usage);
ALTER TABLE proofs DROP COLUMN actor;
ALTER TABLE releases DROP COLUMN actor;
DROP INDEX grants_actor;
ALTER TABLE grants DROP COLUMN actor;
