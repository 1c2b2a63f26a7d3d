-- +goose Up
-- What says who the person of a case is. Where no register does, nothing is handed out without a second
-- person, and without a register that answers the level is low at most (means.md R-PER-09, R-ENR-13).
ALTER TABLE cases ADD COLUMN basis TEXT NOT NULL DEFAULT 'register';
ALTER TABLE cases ADD CONSTRAINT cases_basis CHECK (basis IN ('register', 'document', 'emergency')
    AND (basis = 'register' OR approver IS NOT NULL OR state NOT IN ('reviewed', 'approved', 'printed', 'signed', 'qr_issued', 'claimed', 'key_bound',
        'confirmed', 'active'))
    AND (basis <> 'emergency' OR level IN ('none', 'low')));

-- +goose Down
ALTER TABLE cases DROP COLUMN basis;
