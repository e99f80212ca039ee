CREATE TABLE entry (
    run     TEXT    NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    header  BLOB    NOT NULL,
    link    TEXT    NOT NULL,
    body    BLOB,
    PRIMARY KEY (run, version)
) STRICT, WITHOUT ROWID;

-- Counters and the head, kept in the transaction of the append: reading them costs microseconds
-- at any size, and a chain whose tail was dropped no longer matches its head.
CREATE TABLE run (
    run        TEXT    PRIMARY KEY,
    started_us INTEGER NOT NULL,
    last_us    INTEGER NOT NULL,
    entries    INTEGER NOT NULL,
    head       TEXT    NOT NULL,
    goal       TEXT    NOT NULL,
    root       TEXT    NOT NULL,
    phase      TEXT    NOT NULL
) STRICT;

CREATE TABLE lease (
    run      TEXT    PRIMARY KEY,
    pid      INTEGER NOT NULL,
    start    INTEGER NOT NULL,
    boot     TEXT    NOT NULL,
    since_us INTEGER NOT NULL
) STRICT;

-- The one audited way to remove a secret: a row here, then the body becomes NULL. The link covers
-- the body's digest, so the chain still verifies and the gap can be seen.
CREATE TABLE redaction (
    run     TEXT    NOT NULL,
    version INTEGER NOT NULL,
    time_us INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    reason  TEXT    NOT NULL,
    PRIMARY KEY (run, version)
) STRICT;

CREATE TRIGGER entry_stays BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'entries are never deleted'); END;

CREATE TRIGGER entry_unchanged BEFORE UPDATE ON entry
WHEN new.run IS NOT old.run OR new.version IS NOT old.version
  OR new.header IS NOT old.header OR new.link IS NOT old.link
  OR new.body IS NOT NULL
  OR NOT EXISTS (SELECT 1 FROM redaction r WHERE r.run = old.run AND r.version = old.version)
BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;

CREATE TRIGGER run_stays BEFORE DELETE ON run
BEGIN SELECT RAISE(ABORT, 'runs are never deleted'); END;

CREATE TRIGGER run_grows BEFORE UPDATE ON run
WHEN new.entries < old.entries OR new.started_us IS NOT old.started_us
BEGIN SELECT RAISE(ABORT, 'a run only grows'); END;

CREATE TRIGGER redaction_stays BEFORE DELETE ON redaction
BEGIN SELECT RAISE(ABORT, 'redactions are never deleted'); END;
