-- +goose Up
-- Cases that wait about two persons who may be one, by either of them.
CREATE INDEX conflicts_pair_person ON conflicts (person) WHERE other IS NOT NULL AND state IN ('open', 'proposed');
CREATE INDEX conflicts_pair_other ON conflicts (other) WHERE other IS NOT NULL AND state IN ('open', 'proposed');

-- +goose Down
DROP INDEX conflicts_pair_other;
DROP INDEX conflicts_pair_person;
