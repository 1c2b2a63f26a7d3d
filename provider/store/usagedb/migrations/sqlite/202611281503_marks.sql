-- +goose Up
-- What a login changes of an authenticator: the last step of an app's code, the last count of a passkey,
-- which codes of a list were used. Nobody can tell whose a key is.
CREATE TABLE marks (
    key   BLOB NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (key)
) STRICT, WITHOUT ROWID;

-- How often in a row somebody was wrong who typed a name, whether there is such a name or not.
CREATE TABLE tries (
    key   BLOB NOT NULL,
    count INTEGER NOT NULL,
    last  INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (key)
) STRICT, WITHOUT ROWID;

CREATE INDEX tries_last ON tries (last);

-- +goose Down
DROP TABLE tries;
DROP TABLE marks;
