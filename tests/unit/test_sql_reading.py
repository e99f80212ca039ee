"""Queries that only ask are told from those that do something; long ones are not read."""

from __future__ import annotations

import pytest

from remit.policy.shell.facts import facts_of
from remit.policy.shell.sql import MOST_SQL, only_asks

ASKS = (
    "SELECT name FROM users WHERE note = 'DROP TABLE users; --'",
    "select count(*), max(created_at) from orders -- delete them?",
    "WITH late AS (SELECT 1) SELECT * FROM late",
    "SHOW TABLES; DESCRIBE users",
    "EXPLAIN SELECT 1",
    ".tables",
    "PRAGMA table_info(users)",
)
DOES = (
    "SELECT 1; DROP TABLE users",
    "WITH gone AS (DELETE FROM users RETURNING *) SELECT * FROM gone",
    "SELECT * INTO copy FROM users",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT own_function()",
    "EXPLAIN ANALYZE DELETE FROM users",
    "PRAGMA writable_schema = 1",
    "SELECT 'a' ; /*! DROP TABLE users */",
    "COPY users TO PROGRAM 'sh'",
    "SELECT 'a quote that does not close",
    ".shell rm x",
    ".output /etc/x",
    "",
)


@pytest.mark.parametrize("text", ASKS)
def test_a_query_only_asks(text: str) -> None:
    assert only_asks(text)


@pytest.mark.parametrize("text", DOES)
def test_a_statement_that_does_something_is_not_taken_for_a_query(text: str) -> None:
    assert not only_asks(text)


def test_a_query_is_read_up_to_its_limit_and_no_further() -> None:
    query = "SELECT 1 -- "
    assert only_asks(query + "x" * (MOST_SQL - len(query)))
    assert not only_asks(query + "x" * (MOST_SQL - len(query) + 1))


@pytest.mark.parametrize(
    "piece", ["/*", "'", "$$", "pragma ", "a(", "[", "--", "db.a.find(", ").sort("]
)
def test_text_made_to_be_slow_is_decided(piece: str) -> None:
    text = (piece * MOST_SQL)[:MOST_SQL].replace('"', "")
    for program in ("psql -c", "mongosh --eval", "sqlite3 a.db"):
        assert facts_of(f'{program} "{text}"', "/nowhere").effects
