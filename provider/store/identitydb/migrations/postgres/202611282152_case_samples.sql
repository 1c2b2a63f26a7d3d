-- +goose Up
-- What a security officer reads of a case, and which cases were drawn by chance to be looked through; outcome ''
-- waits for one.
CREATE INDEX journal_ref ON journal (ref) WHERE ref <> '';
CREATE TABLE case_samples (
    case_id BYTEA NOT NULL PRIMARY KEY,
    office  TEXT NOT NULL,
    drawn   BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    judged  BIGINT NOT NULL,
    FOREIGN KEY (case_id) REFERENCES cases (id)
);
CREATE INDEX case_samples_drawn ON case_samples (drawn);

-- +goose Down
DROP TABLE case_samples;
DROP INDEX journal_ref;
