-- +goose Up
-- What a login changes of an authenticator: the last step of an app's code, the last count of a passkey,
-- which codes of a list were used. Nobody can tell whose a key is.
CREATE TABLE marks (
    key   BYTEA NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (key)
);

-- How often in a row somebody was wrong who typed a name, whether there is such a name or not.
CREATE TABLE tries (
    key   BYTEA NOT NULL,
    count BIGINT NOT NULL,
    last  BIGINT NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (key)
);

CREATE INDEX tries_last ON tries (last);

-- +goose Down
DROP TABLE tries;
DROP TABLE marks;
