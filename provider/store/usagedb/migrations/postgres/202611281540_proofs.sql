-- +goose Up
-- The record of each answered login: signed for the party and the citizen, and in full, sealed to
-- who is not on this machine.
CREATE TABLE proofs (
    id     BYTEA NOT NULL,
    client TEXT NOT NULL,
    party  TEXT NOT NULL,
    usage  BYTEA NOT NULL,
    txn    TEXT NOT NULL,
    at     BIGINT NOT NULL,
    token  BYTEA NOT NULL,
    sealed BYTEA,
    PRIMARY KEY (id)
);

CREATE INDEX proofs_txn ON proofs (txn);

-- +goose Down
DROP TABLE proofs;
