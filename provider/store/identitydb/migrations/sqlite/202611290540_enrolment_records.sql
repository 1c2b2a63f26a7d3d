-- +goose Up
-- The signed records of enrolments, sealed, from when the rest of their cases is taken away. The case is named as
-- authenticators name it; ended is when the last of those that rest on it was seen to be gone, 0 while one is there.
CREATE TABLE enrolment_records (
    case_id TEXT NOT NULL,
    sealed  BLOB NOT NULL,
    ended   INTEGER NOT NULL,
    PRIMARY KEY (case_id)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE enrolment_records;
