-- +goose Up
-- Who acted for whom it is about; NULL: nobody. A decision to be remembered is of who took it: a person's own
-- has them as the actor, too.
ALTER TABLE grants ADD COLUMN actor BYTEA;
CREATE INDEX grants_actor ON grants (actor) WHERE actor IS NOT NULL;
ALTER TABLE releases ADD COLUMN actor BYTEA;
ALTER TABLE proofs ADD COLUMN actor BYTEA;
ALTER TABLE consents ADD COLUMN actor BYTEA;
UPDATE consents SET actor = usage;
ALTER TABLE consents ALTER COLUMN actor SET NOT NULL;
ALTER TABLE consents DROP CONSTRAINT consents_pkey;
ALTER TABLE consents ADD PRIMARY KEY (party, usage, actor);
CREATE INDEX consents_actor ON consents (actor);

-- +goose Down
DELETE FROM consents WHERE actor <> usage;
DROP INDEX consents_actor;
ALTER TABLE consents DROP CONSTRAINT consents_pkey;
ALTER TABLE consents ADD PRIMARY KEY (party, usage);
ALTER TABLE consents DROP COLUMN actor;
ALTER TABLE proofs DROP COLUMN actor;
ALTER TABLE releases DROP COLUMN actor;
DROP INDEX grants_actor;
ALTER TABLE grants DROP COLUMN actor;
