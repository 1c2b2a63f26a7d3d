-- +goose Up
-- Who comes with a minor (means.md R-ENR-12). Guardian, child, clerk and the one who decides are four persons, and
-- a minor's case goes nowhere without a guardian and a second person.
ALTER TABLE cases ADD COLUMN guardian BYTEA REFERENCES persons (id);
ALTER TABLE cases ADD CONSTRAINT cases_guardian CHECK (guardian <> person AND guardian <> clerk_person AND guardian <> approver_person);
ALTER TABLE cases ADD COLUMN minor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD CONSTRAINT cases_minor CHECK (
    (minor = 0 OR guardian IS NOT NULL OR state IN ('draft', 'looked_up', 'rejected', 'cancelled', 'expired'))
    AND (minor = 0 OR approver IS NOT NULL OR state NOT IN ('reviewed', 'approved', 'printed', 'signed', 'qr_issued', 'claimed', 'key_bound',
        'confirmed', 'active')));

-- +goose Down
ALTER TABLE cases DROP COLUMN minor;
ALTER TABLE cases DROP COLUMN guardian;
