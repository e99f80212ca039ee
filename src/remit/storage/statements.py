"""The SQL statements of the ledger by name, from ``sql/sqlite/queries.sql``."""

from __future__ import annotations

import re
from functools import cache

from remit.storage.migrate import FOLDER

_NAMED = re.compile(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", re.MULTILINE | re.DOTALL)


@cache
def sql(name: str) -> str:
    """The statement called ``name``; KeyError where there is none."""
    return _all()[name]


@cache
def _all() -> dict[str, str]:
    text = (FOLDER / "queries.sql").read_text("utf-8")
    return {name: statement.strip() for name, statement in _NAMED.findall(text)}
