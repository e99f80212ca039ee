-- The whole schema as all migrations together make it; a test compares them.

CREATE TABLE entry (
  run TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  header BLOB NOT NULL,
  link BLOB NOT NULL CHECK (length(link) = 32),
  body BLOB,
  PRIMARY KEY (run, version)
) STRICT, WITHOUT ROWID;

-- What `remit runs` shows and what the newest entry is; written with every append.
CREATE TABLE run (
  run TEXT PRIMARY KEY,
  started_us INTEGER NOT NULL,
  last_us INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  link BLOB NOT NULL CHECK (length(link) = 32),
  calls INTEGER NOT NULL,
  held INTEGER NOT NULL,
  phase TEXT NOT NULL,
  goal TEXT NOT NULL,
  root TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE lease (
  run TEXT PRIMARY KEY,
  token TEXT NOT NULL,
  pid INTEGER NOT NULL,
  start INTEGER NOT NULL,
  boot TEXT NOT NULL,
  host TEXT NOT NULL,
  since_us INTEGER NOT NULL,
  renewed_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The audited path: a body may be emptied only after its row stands here.
CREATE TABLE redaction (
  run TEXT NOT NULL,
  version INTEGER NOT NULL,
  at_us INTEGER NOT NULL,
  by TEXT NOT NULL CHECK (by <> ''),
  reason TEXT NOT NULL CHECK (reason <> ''),
  PRIMARY KEY (run, version)
) STRICT, WITHOUT ROWID;

-- REPLACE deletes without firing DELETE triggers, so it is refused where it inserts.
CREATE TRIGGER entry_once BEFORE INSERT ON entry
WHEN EXISTS (SELECT 1 FROM entry WHERE run = NEW.run AND version = NEW.version)
BEGIN
  SELECT RAISE(ABORT, 'entries are append-only: this version is already written');
END;

CREATE TRIGGER entry_stays BEFORE DELETE ON entry
BEGIN
  SELECT RAISE(ABORT, 'entries are append-only: none is deleted');
END;

CREATE TRIGGER entry_unchanged BEFORE UPDATE ON entry
WHEN NEW.body IS NOT NULL
  OR NEW.run IS NOT OLD.run
  OR NEW.version IS NOT OLD.version
  OR NEW.header IS NOT OLD.header
  OR NEW.link IS NOT OLD.link
  OR NOT EXISTS (SELECT 1 FROM redaction WHERE run = OLD.run AND version = OLD.version)
BEGIN
  SELECT RAISE(ABORT, 'entries are append-only: none is changed');
END;

CREATE TRIGGER redaction_once BEFORE INSERT ON redaction
WHEN EXISTS (SELECT 1 FROM redaction WHERE run = NEW.run AND version = NEW.version)
BEGIN
  SELECT RAISE(ABORT, 'redactions are append-only: this one is already written');
END;

CREATE TRIGGER redaction_stays BEFORE DELETE ON redaction
BEGIN
  SELECT RAISE(ABORT, 'redactions are append-only: none is deleted');
END;

CREATE TRIGGER redaction_unchanged BEFORE UPDATE ON redaction
BEGIN
  SELECT RAISE(ABORT, 'redactions are append-only: none is changed');
END;
