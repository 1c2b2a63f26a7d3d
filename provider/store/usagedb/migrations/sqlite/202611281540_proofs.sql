-- +goose Up
-- The record of each answered login: signed for the party and the citizen, and in full, sealed to
-- who is not on this machine.
CREATE TABLE proofs (
    id     BLOB NOT NULL,
    client TEXT NOT NULL,
    party  TEXT NOT NULL,
    usage  BLOB NOT NULL,
    txn    TEXT NOT NULL,
    at     BIGINT NOT NULL,
    token  BLOB NOT NULL,
    sealed BLOB,
    PRIMARY KEY (id)
);

CREATE INDEX proofs_txn ON proofs (txn);

-- +goose Down
DROP TABLE proofs;
