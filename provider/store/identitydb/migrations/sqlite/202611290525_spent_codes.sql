-- +goose Up
-- The last alarm of a case: it may come long after the case has changed.
ALTER TABLE cases ADD COLUMN alarmed INTEGER NOT NULL DEFAULT 0;

-- A spent code is known again when somebody shows it once more, until the case's data go; one case has one at most.
CREATE TABLE vouchers_anew (
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
    CHECK (state IN ('issued', 'claimed', 'spent', 'burnt'))
) STRICT, WITHOUT ROWID;

INSERT INTO vouchers_anew SELECT digest, key_id, case_id, code, second, state, expires, epoch FROM vouchers;
DROP TABLE vouchers;
ALTER TABLE vouchers_anew RENAME TO vouchers;
CREATE UNIQUE INDEX vouchers_live ON vouchers (case_id) WHERE state <> 'burnt';

-- +goose Down
UPDATE vouchers SET state = 'burnt' WHERE state = 'spent';
CREATE TABLE vouchers_anew (
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

INSERT INTO vouchers_anew SELECT digest, key_id, case_id, code, second, state, expires, epoch FROM vouchers;
DROP TABLE vouchers;
ALTER TABLE vouchers_anew RENAME TO vouchers;
CREATE UNIQUE INDEX vouchers_live ON vouchers (case_id) WHERE state <> 'burnt';
ALTER TABLE cases DROP COLUMN alarmed;
