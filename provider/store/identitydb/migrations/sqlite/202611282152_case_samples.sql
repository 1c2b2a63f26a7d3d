-- +goose Up
-- What a security officer reads of a case, and which cases were drawn by chance to be looked through; outcome ''
-- waits for one.
CREATE INDEX journal_ref ON journal (ref) WHERE ref <> '';
CREATE TABLE case_samples (
    case_id BLOB NOT NULL PRIMARY KEY,
    office  TEXT NOT NULL,
    drawn   INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    judged  INTEGER NOT NULL,
    FOREIGN KEY (case_id) REFERENCES cases (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_samples_drawn ON case_samples (drawn);

-- +goose Down
DROP TABLE case_samples;
DROP INDEX journal_ref;
