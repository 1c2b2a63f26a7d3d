-- +goose Up
-- The last alarm of a case: it may come long after the case has changed.
ALTER TABLE cases ADD COLUMN alarmed BIGINT NOT NULL DEFAULT 0;

-- A spent code is known again when somebody shows it once more, until the case's data go; one case has one at most.
ALTER TABLE vouchers DROP CONSTRAINT vouchers_state_check;
ALTER TABLE vouchers ADD CONSTRAINT vouchers_state_check CHECK (state IN ('issued', 'claimed', 'spent', 'burnt'));

-- +goose Down
UPDATE vouchers SET state = 'burnt' WHERE state = 'spent';
ALTER TABLE vouchers DROP CONSTRAINT vouchers_state_check;
ALTER TABLE vouchers ADD CONSTRAINT vouchers_state_check CHECK (state IN ('issued', 'claimed', 'burnt'));
ALTER TABLE cases DROP COLUMN alarmed;
