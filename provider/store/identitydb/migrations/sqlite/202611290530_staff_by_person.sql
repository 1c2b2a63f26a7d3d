-- +goose Up
-- What a clerk did in a day and how often they were locked are a person's, whatever appointments they have
-- (attacks IN-02, OT-11). Days are text at the office (YYYY-MM-DD).
CREATE TABLE staff_days (
    person BLOB NOT NULL,
    day    TEXT NOT NULL,
    what   TEXT NOT NULL,
    n      INTEGER NOT NULL,
    PRIMARY KEY (person, day, what),
    FOREIGN KEY (person) REFERENCES persons (id)
);

INSERT INTO staff_days (person, day, what, n)
SELECT s.person, c.day, c.what, sum(c.n) FROM staff_counters c JOIN staff s ON s.id = c.member GROUP BY s.person, c.day, c.what;

DROP TABLE staff_counters;

-- The locks of a person, counted from 1. Until somebody lifts one (0: not lifted), whatever else locks the person
-- belongs to it, and a new appointment begins locked. capped: a day's cap was among its reasons (0 or 1).
CREATE TABLE staff_locks (
    person BLOB NOT NULL,
    n      INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    lifted INTEGER NOT NULL,
    capped INTEGER NOT NULL,
    PRIMARY KEY (person, n),
    FOREIGN KEY (person) REFERENCES persons (id)
);

CREATE UNIQUE INDEX staff_locks_open ON staff_locks (person) WHERE lifted = 0;

INSERT INTO staff_locks (person, n, at, lifted, capped)
SELECT person, 1, max(before), max(before), 0 FROM staff WHERE before > 0 GROUP BY person;

INSERT INTO staff_locks (person, n, at, lifted, capped)
SELECT person, 2, max(locked), CASE WHEN max(CASE WHEN state = 'locked' THEN 1 ELSE 0 END) = 1 THEN 0 ELSE max(locked) END,
    max(CASE WHEN why = 'daily_cap' THEN 1 ELSE 0 END)
FROM staff WHERE locked > 0 GROUP BY person;

ALTER TABLE staff DROP COLUMN locked;
ALTER TABLE staff DROP COLUMN before;

-- Whoever looks people up or decides about them neither names and locks colleagues of the same institution nor
-- keeps watch over them (means.md §4.2).
-- +goose StatementBegin
CREATE TRIGGER staff_apart_made BEFORE INSERT ON staff
WHEN NEW.state <> 'ended' AND EXISTS (
        SELECT 1 FROM staff s LEFT JOIN offices o ON o.id = s.office LEFT JOIN offices n ON n.id = NEW.office
        WHERE s.person = NEW.person AND s.id <> NEW.id AND s.state <> 'ended' AND (
            s.role IN ('enrolment_clerk', 'approving_clerk') AND (NEW.role = 'security_officer' OR NEW.role = 'local_administrator' AND o.institution = n.institution)
            OR NEW.role IN ('enrolment_clerk', 'approving_clerk') AND (s.role = 'security_officer' OR s.role = 'local_administrator' AND o.institution = n.institution)))
BEGIN
    SELECT RAISE(ABORT, 'roles that no person has together');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER staff_apart_changed BEFORE UPDATE OF person, office, role, state ON staff
WHEN (OLD.state = 'ended' OR OLD.person <> NEW.person OR OLD.office IS NOT NEW.office OR OLD.role <> NEW.role) AND NEW.state <> 'ended' AND EXISTS (
        SELECT 1 FROM staff s LEFT JOIN offices o ON o.id = s.office LEFT JOIN offices n ON n.id = NEW.office
        WHERE s.person = NEW.person AND s.id <> NEW.id AND s.state <> 'ended' AND (
            s.role IN ('enrolment_clerk', 'approving_clerk') AND (NEW.role = 'security_officer' OR NEW.role = 'local_administrator' AND o.institution = n.institution)
            OR NEW.role IN ('enrolment_clerk', 'approving_clerk') AND (s.role = 'security_officer' OR s.role = 'local_administrator' AND o.institution = n.institution)))
BEGIN
    SELECT RAISE(ABORT, 'roles that no person has together');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER staff_apart_changed;
DROP TRIGGER staff_apart_made;
DROP TABLE staff_locks;
DROP TABLE staff_days;
ALTER TABLE staff ADD COLUMN before INTEGER NOT NULL DEFAULT 0;
ALTER TABLE staff ADD COLUMN locked INTEGER NOT NULL DEFAULT 0;

CREATE TABLE staff_counters (
    member BLOB NOT NULL,
    day    TEXT NOT NULL,
    what   TEXT NOT NULL,
    n      INTEGER NOT NULL,
    PRIMARY KEY (member, day, what),
    FOREIGN KEY (member) REFERENCES staff (id)
);
