-- +goose Up
-- Phones that came first: each made a key and waits until a clerk takes it into a case. Nothing here says
-- whose it is. Times are microseconds since 1970; the epoch is the installation's, as with vouchers.
CREATE TABLE phone_requests (
    id         BLOB NOT NULL,
    secret     BLOB NOT NULL,
    device_key BLOB,
    code       BLOB NOT NULL,
    key_id     INTEGER NOT NULL,
    language   TEXT NOT NULL,
    case_id    BLOB,
    expires    INTEGER NOT NULL,
    epoch      TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (code, key_id),
    FOREIGN KEY (case_id) REFERENCES cases (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX phone_requests_expires ON phone_requests (expires);

-- +goose Down
DROP TABLE phone_requests;
