-- name: insert_entry
INSERT INTO entry (run, version, header, link, body) VALUES (?, ?, ?, ?, ?);

-- name: advance_run
UPDATE run
SET last_us = ?, entries = ?, link = ?, calls = ?, held = ?, phase = ?, goal = ?, root = ?
WHERE run = ? AND EXISTS (SELECT 1 FROM lease WHERE run = run.run AND token = ?);

-- name: start_run
INSERT INTO run (run, started_us, last_us, entries, link, calls, held, phase, goal, root)
VALUES (?, ?, ?, 0, ?, 0, 0, 'new', '', '')
ON CONFLICT (run) DO NOTHING;

-- name: list_runs
SELECT run, started_us, last_us, entries, goal, root, phase, calls, held
FROM run WHERE entries > 0 ORDER BY started_us DESC, run DESC;

-- name: one_run
SELECT run, started_us, last_us, entries, goal, root, phase, calls, held
FROM run WHERE run = ?;

-- name: head
SELECT entries, link FROM run WHERE run = ?;

-- name: page_of_entries
SELECT header, link, body FROM entry WHERE run = ? AND version > ? ORDER BY version LIMIT ?;

-- name: all_entries
SELECT header, link, body FROM entry WHERE run = ? ORDER BY version;

-- name: known_runs
-- Steps from run to run through the key: DISTINCT would read every entry.
WITH RECURSIVE step(run) AS (
  SELECT min(run) FROM entry
  UNION ALL
  SELECT (SELECT min(run) FROM entry WHERE run > step.run) FROM step WHERE step.run IS NOT NULL
)
SELECT run FROM step WHERE run IS NOT NULL UNION SELECT run FROM run ORDER BY run;

-- name: list_leases
SELECT run, pid, start, boot, host, token, since_us, renewed_us
FROM lease ORDER BY run;

-- name: one_lease
SELECT run, pid, start, boot, host, token, since_us, renewed_us
FROM lease WHERE run = ?;

-- name: take_lease
INSERT OR REPLACE INTO lease
  (run, pid, start, boot, host, token, since_us, renewed_us)
VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- name: renew_lease
UPDATE lease SET renewed_us = ? WHERE run = ? AND token = ?;

-- name: drop_lease
DELETE FROM lease WHERE run = ? AND token = ?;

-- name: record_redaction
INSERT INTO redaction (run, version, at_us, by, reason) VALUES (?, ?, ?, ?, ?);

-- name: empty_body
UPDATE entry SET body = NULL WHERE run = ? AND version = ?;

-- name: redacted_versions
SELECT version FROM redaction WHERE run = ?;
