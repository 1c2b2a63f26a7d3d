-- +goose Up
-- A case whose phone was matched and whose key is bound is confirmed from then on, and no time runs any more.
UPDATE cases SET state = 'confirmed', until = 0 WHERE state = 'key_bound' AND matched = 1;

-- Those that are confirmed and not active yet are looked for again and again.
CREATE INDEX cases_unfinished ON cases (changed) WHERE state = 'confirmed';

-- +goose Down
DROP INDEX cases_unfinished;
