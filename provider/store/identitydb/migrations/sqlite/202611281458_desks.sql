-- +goose Up
-- People who work at desks, and the cases and one-time codes of enrolment. Names of staff and what a
-- case works with are sealed. Days are text at the office (YYYY-MM-DD); other times are microseconds
-- since 1970, 0 for none.

CREATE TABLE institutions (
    id   TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE offices (
    id          TEXT NOT NULL,
    institution TEXT NOT NULL,
    name        TEXT NOT NULL,
    zone        TEXT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (institution) REFERENCES institutions (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE stations (
    id     TEXT NOT NULL,
    office TEXT NOT NULL,
    name   TEXT NOT NULL,
    PRIMARY KEY (office, id),
    FOREIGN KEY (office) REFERENCES offices (id)
) STRICT, WITHOUT ROWID;

-- An appointment. Whoever locked or unlocked it last is never its own holder; changed_by is NULL where
-- a counter locked it.
CREATE TABLE staff (
    id         BLOB NOT NULL,
    person     BLOB NOT NULL,
    office     TEXT,
    role       TEXT NOT NULL,
    name       BLOB NOT NULL,
    state      TEXT NOT NULL,
    why        TEXT NOT NULL,
    changed_by BLOB,
    locked     INTEGER NOT NULL,
    before     INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (id, person),
    FOREIGN KEY (person) REFERENCES persons (id),
    FOREIGN KEY (office) REFERENCES offices (id),
    CHECK (changed_by <> person)
) STRICT, WITHOUT ROWID;

CREATE INDEX staff_person ON staff (person);
CREATE INDEX staff_office ON staff (office);

-- A person has a role in an office once.
CREATE UNIQUE INDEX staff_once ON staff (person, role, coalesce(office, '')) WHERE state <> 'ended';

-- Two persons name somebody: the one who confirms is not the one who proposed.
CREATE TABLE staff_proposals (
    id           BLOB NOT NULL,
    member       BLOB NOT NULL,
    person       BLOB NOT NULL,
    office       TEXT,
    role         TEXT NOT NULL,
    name         BLOB NOT NULL,
    proposed_by  TEXT NOT NULL,
    proposed     INTEGER NOT NULL,
    confirmed_by TEXT,
    confirmed    INTEGER NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (person) REFERENCES persons (id),
    FOREIGN KEY (office) REFERENCES offices (id),
    CHECK (proposed_by <> ''),
    CHECK (confirmed_by <> proposed_by)
) STRICT, WITHOUT ROWID;

CREATE TABLE staff_counters (
    member BLOB NOT NULL,
    day    TEXT NOT NULL,
    what   TEXT NOT NULL,
    n      INTEGER NOT NULL,
    PRIMARY KEY (member, day, what),
    FOREIGN KEY (member) REFERENCES staff (id)
) STRICT, WITHOUT ROWID;

-- Clerk, citizen and approver are three persons. The pairs with the appointment keep clerk_person and
-- approver_person true.
CREATE TABLE cases (
    id              BLOB NOT NULL,
    number          TEXT NOT NULL,
    state           TEXT NOT NULL,
    gen             INTEGER NOT NULL,
    office          TEXT NOT NULL,
    station         TEXT NOT NULL,
    clerk           BLOB,
    clerk_person    BLOB,
    approver        BLOB,
    approver_person BLOB,
    person          BLOB,
    purpose         TEXT NOT NULL,
    flags           TEXT NOT NULL,
    checks          TEXT NOT NULL,
    document        TEXT NOT NULL,
    helper          INTEGER NOT NULL,
    work            BLOB,
    snapshot_hash   BLOB,
    form            TEXT NOT NULL,
    form_hash       BLOB,
    mode            TEXT NOT NULL,
    reissues        INTEGER NOT NULL,
    code_tries      INTEGER NOT NULL,
    match_tries     INTEGER NOT NULL,
    second_tries    INTEGER NOT NULL,
    check_tries     INTEGER NOT NULL,
    progress        INTEGER NOT NULL,
    matched         INTEGER NOT NULL,
    device          BLOB,
    device_key      BLOB,
    alarms          INTEGER NOT NULL,
    level           TEXT NOT NULL,
    stop            BLOB,
    system          TEXT NOT NULL,
    asked           TEXT NOT NULL,
    opened          INTEGER NOT NULL,
    changed         INTEGER NOT NULL,
    decided         INTEGER NOT NULL,
    until           INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (number),
    FOREIGN KEY (office) REFERENCES offices (id),
    FOREIGN KEY (clerk, clerk_person) REFERENCES staff (id, person),
    FOREIGN KEY (approver, approver_person) REFERENCES staff (id, person),
    FOREIGN KEY (person) REFERENCES persons (id),
    CHECK ((clerk IS NULL) = (clerk_person IS NULL)),
    CHECK ((approver IS NULL) = (approver_person IS NULL)),
    CHECK (person <> clerk_person),
    CHECK (approver_person <> clerk_person),
    CHECK (approver_person <> person),
    CHECK (reissues BETWEEN 0 AND 3)
) STRICT, WITHOUT ROWID;

CREATE INDEX cases_office ON cases (office, changed);
CREATE INDEX cases_person ON cases (person);
CREATE INDEX cases_stop ON cases (stop) WHERE stop IS NOT NULL;
CREATE INDEX cases_changed ON cases (changed);

-- A person has one case under way (means.md R-ENR-04).
CREATE UNIQUE INDEX cases_open ON cases (person) WHERE state IN ('draft', 'looked_up', 'evidence_recorded', 'review_required', 'reviewed',
    'approved', 'printed', 'signed', 'qr_issued', 'claimed', 'key_bound', 'confirmed', 'suspicious');

-- A register system opens a case once for one reference of its own.
CREATE UNIQUE INDEX cases_asked ON cases (system, asked) WHERE system <> '';

-- Digests of one-time codes. The epoch is the installation's: a code from before a restore is worth
-- nothing after it.
CREATE TABLE vouchers (
    digest     BLOB NOT NULL,
    key_id     INTEGER NOT NULL,
    case_id    BLOB NOT NULL,
    code       BLOB NOT NULL,
    second     BLOB,
    state      TEXT NOT NULL,
    expires    INTEGER NOT NULL,
    epoch      TEXT NOT NULL,
    PRIMARY KEY (digest, key_id),
    FOREIGN KEY (case_id) REFERENCES cases (id),
    CHECK (state IN ('issued', 'claimed', 'burnt'))
) STRICT, WITHOUT ROWID;

-- One voucher of a case is worth something at a time.
CREATE UNIQUE INDEX vouchers_live ON vouchers (case_id) WHERE state <> 'burnt';

-- +goose Down
DROP TABLE vouchers;
DROP TABLE cases;
DROP TABLE staff_counters;
DROP TABLE staff_proposals;
DROP TABLE staff;
DROP TABLE stations;
DROP TABLE offices;
DROP TABLE institutions;
