-- +goose Up
-- Nobody who works at an office is made one with somebody else, or parted, and a tombstone has no appointment: who may
-- do what there, and who was locked, would become somebody else's unseen (means.md §4.2). The rows of the persons make
-- whoever names and whoever joins at once wait for each other.
-- +goose StatementBegin
CREATE FUNCTION persons_appointed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM persons WHERE id IN (NEW.merged, OLD.merged) FOR NO KEY UPDATE;
    IF EXISTS (SELECT 1 FROM staff WHERE state <> 'ended' AND person IN (NEW.id, NEW.merged, OLD.merged)) THEN
        RAISE EXCEPTION 'somebody who works at an office is made one with nobody' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END;
$$;

CREATE FUNCTION staff_standing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM persons WHERE id = NEW.person FOR NO KEY UPDATE;
    IF EXISTS (SELECT 1 FROM persons WHERE id = NEW.person AND merged IS NOT NULL) THEN
        RAISE EXCEPTION 'whoever became somebody else has no appointment' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END;
$$;

-- Clerk, citizen, approver and guardian are four persons also where some of them became others.
CREATE FUNCTION cases_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (WITH RECURSIVE are (who, id) AS (
            SELECT who, id FROM (VALUES (1, NEW.person), (2, NEW.clerk_person), (3, NEW.approver_person), (4, NEW.guardian)) named (who, id) WHERE id IS NOT NULL
            UNION SELECT a.who, p.merged FROM are a JOIN persons p ON p.id = a.id WHERE p.merged IS NOT NULL)
        SELECT 1 FROM are a JOIN are b ON a.id = b.id AND a.who < b.who) THEN
        RAISE EXCEPTION 'one person is two in a case' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END;
$$;
-- +goose StatementEnd

CREATE TRIGGER persons_appointed BEFORE UPDATE OF merged ON persons FOR EACH ROW WHEN (OLD.merged IS DISTINCT FROM NEW.merged) EXECUTE FUNCTION persons_appointed();
CREATE TRIGGER staff_standing_made BEFORE INSERT ON staff FOR EACH ROW WHEN (NEW.state <> 'ended') EXECUTE FUNCTION staff_standing();
CREATE TRIGGER staff_standing_changed BEFORE UPDATE OF person, state ON staff FOR EACH ROW WHEN (NEW.state <> 'ended') EXECUTE FUNCTION staff_standing();
CREATE TRIGGER cases_apart_made BEFORE INSERT ON cases FOR EACH ROW EXECUTE FUNCTION cases_apart();
CREATE TRIGGER cases_apart_changed BEFORE UPDATE OF person, clerk_person, approver_person, guardian ON cases FOR EACH ROW
    WHEN (OLD.person IS DISTINCT FROM NEW.person OR OLD.clerk_person IS DISTINCT FROM NEW.clerk_person
        OR OLD.approver_person IS DISTINCT FROM NEW.approver_person OR OLD.guardian IS DISTINCT FROM NEW.guardian)
    EXECUTE FUNCTION cases_apart();

-- +goose Down
DROP TRIGGER cases_apart_changed ON cases;
DROP TRIGGER cases_apart_made ON cases;
DROP TRIGGER staff_standing_changed ON staff;
DROP TRIGGER staff_standing_made ON staff;
DROP TRIGGER persons_appointed ON persons;
DROP FUNCTION cases_apart();
DROP FUNCTION staff_standing();
DROP FUNCTION persons_appointed();
