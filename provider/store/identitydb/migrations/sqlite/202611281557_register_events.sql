-- +goose Up
-- What registers told of persons known here. Its moment is the register's, not that of any login.
-- An event is written before its effect, so that an older one that comes later finds it, and done
-- after it, so that a crash between the two has it told again.
CREATE TABLE register_events (
    id     BLOB NOT NULL,
    person BLOB NOT NULL,
    class  TEXT NOT NULL,
    at     INTEGER NOT NULL,
    done   INTEGER NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (person) REFERENCES persons (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX register_events_person ON register_events (person, class, at);
CREATE INDEX register_events_at ON register_events (at);

-- +goose Down
DROP TABLE register_events;
