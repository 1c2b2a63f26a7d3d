-- +goose Up
-- The addresses of citizens to which a code was sent at a desk, while their cases are under way, as keyed digests (33
-- bytes, the key's id first): by the code that they read out they confirm that what is sent there reaches them. sent
-- counts the codes to the channel; expires (microseconds) and tries are of the last one.
CREATE TABLE case_contacts (
    case_id   BYTEA NOT NULL,
    channel   TEXT NOT NULL,
    address   BYTEA NOT NULL,
    code      BYTEA NOT NULL,
    tries     INTEGER NOT NULL,
    sent      INTEGER NOT NULL,
    expires   BIGINT NOT NULL,
    confirmed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (case_id, channel),
    FOREIGN KEY (case_id) REFERENCES cases (id),
    CHECK (channel IN ('email', 'phone_number')),
    CHECK (tries >= 0),
    CHECK (confirmed IN (0, 1))
);

-- +goose Down
DROP TABLE case_contacts;
