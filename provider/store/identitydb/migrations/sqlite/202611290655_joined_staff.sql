-- +goose Up
-- Nobody who works at an office is made one with somebody else, or parted, and a tombstone has no appointment: who may
-- do what there, and who was locked, would become somebody else's unseen (means.md §4.2).
-- +goose StatementBegin
CREATE TRIGGER persons_appointed BEFORE UPDATE OF merged ON persons
WHEN OLD.merged IS NOT NEW.merged AND EXISTS (SELECT 1 FROM staff WHERE state <> 'ended' AND person IN (NEW.id, NEW.merged, OLD.merged))
BEGIN
    SELECT RAISE(ABORT, 'somebody who works at an office is made one with nobody');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER staff_standing_made BEFORE INSERT ON staff
WHEN NEW.state <> 'ended' AND EXISTS (SELECT 1 FROM persons WHERE id = NEW.person AND merged IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'whoever became somebody else has no appointment');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER staff_standing_changed BEFORE UPDATE OF person, state ON staff
WHEN NEW.state <> 'ended' AND EXISTS (SELECT 1 FROM persons WHERE id = NEW.person AND merged IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'whoever became somebody else has no appointment');
END;
-- +goose StatementEnd

-- Clerk, citizen, approver and guardian are four persons also where some of them became others.
-- +goose StatementBegin
CREATE TRIGGER cases_apart_made BEFORE INSERT ON cases
WHEN EXISTS (WITH RECURSIVE are (who, id) AS (
            SELECT who, id FROM (SELECT 1 AS who, NEW.person AS id UNION ALL SELECT 2, NEW.clerk_person UNION ALL SELECT 3, NEW.approver_person UNION ALL SELECT 4, NEW.guardian) named WHERE id IS NOT NULL
            UNION SELECT a.who, p.merged FROM are a JOIN persons p ON p.id = a.id WHERE p.merged IS NOT NULL)
        SELECT 1 FROM are a JOIN are b ON a.id = b.id AND a.who < b.who)
BEGIN
    SELECT RAISE(ABORT, 'one person is two in a case');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER cases_apart_changed BEFORE UPDATE OF person, clerk_person, approver_person, guardian ON cases
WHEN (OLD.person IS NOT NEW.person OR OLD.clerk_person IS NOT NEW.clerk_person OR OLD.approver_person IS NOT NEW.approver_person OR OLD.guardian IS NOT NEW.guardian)
    AND EXISTS (WITH RECURSIVE are (who, id) AS (
            SELECT who, id FROM (SELECT 1 AS who, NEW.person AS id UNION ALL SELECT 2, NEW.clerk_person UNION ALL SELECT 3, NEW.approver_person UNION ALL SELECT 4, NEW.guardian) named WHERE id IS NOT NULL
            UNION SELECT a.who, p.merged FROM are a JOIN persons p ON p.id = a.id WHERE p.merged IS NOT NULL)
        SELECT 1 FROM are a JOIN are b ON a.id = b.id AND a.who < b.who)
BEGIN
    SELECT RAISE(ABORT, 'one person is two in a case');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER cases_apart_changed;
DROP TRIGGER cases_apart_made;
DROP TRIGGER staff_standing_changed;
DROP TRIGGER staff_standing_made;
DROP TRIGGER persons_appointed;
