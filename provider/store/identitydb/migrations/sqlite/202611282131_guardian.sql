-- +goose Up
-- Who comes with a minor (means.md R-ENR-12). Guardian, child, clerk and the one who decides are four persons, and
-- a minor's case goes nowhere without a guardian and a second person.
ALTER TABLE cases ADD COLUMN guardian BLOB DEFAULT NULL REFERENCES persons (id)
    CHECK (guardian <> person) CHECK (guardian <> clerk_person) CHECK (guardian <> approver_person);
ALTER TABLE cases ADD COLUMN minor INTEGER NOT NULL DEFAULT 0
    CHECK (minor = 0 OR guardian IS NOT NULL OR state IN ('draft', 'looked_up', 'rejected', 'cancelled', 'expired'))
    CHECK (minor = 0 OR approver IS NOT NULL OR state NOT IN ('reviewed', 'approved', 'printed', 'signed', 'qr_issued', 'claimed', 'key_bound',
        'confirmed', 'active'));

-- +goose Down
ALTER TABLE cases DROP COLUMN minor;
ALTER TABLE cases DROP COLUMN guardian;
