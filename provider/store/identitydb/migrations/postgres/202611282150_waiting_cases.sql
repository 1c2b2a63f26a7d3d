-- +goose Up
-- Cases that a register system opened and no clerk has taken: counted whenever one more is opened.
CREATE INDEX cases_waiting ON cases (office, system) WHERE clerk IS NULL AND state = 'draft';

-- +goose Down
DROP INDEX cases_waiting;
