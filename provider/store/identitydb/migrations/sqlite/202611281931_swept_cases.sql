-- +goose Up
-- What sweeping looks for, among all the cases that were ever decided.
CREATE INDEX cases_undone ON cases (changed) WHERE state IN ('draft', 'looked_up', 'evidence_recorded', 'review_required', 'reviewed',
    'approved', 'printed', 'signed', 'qr_issued', 'claimed', 'key_bound', 'confirmed', 'suspicious');
CREATE INDEX cases_unpurged ON cases (changed) WHERE work IS NOT NULL;

-- +goose Down
DROP INDEX cases_unpurged;
DROP INDEX cases_undone;
