"""Which sensitive data a path holds, told from the path alone.

Code about customers is no customer data, and a guide to incidents is no record of one: what counts
is a file of data in an area of that name, a note in a folder of that name, and whatever lies where
only such data lies. Tests and fixtures are made up.
"""

from __future__ import annotations

from functools import lru_cache

from remit.model.contract import Stop
from remit.policy.wordlist import words
from remit.policy.zones import is_goalpost, placed_zone, zone_of

DATA_CLASSES = ("customer-data", "production-data", "incidents")
"""Zones that are classes of data: reading there is a step to more sensitive data than a run over
code reads. Credentials are a class that no run reads at all."""

_CODE = words(
    "py pyi js jsx mjs cjs ts tsx go rs java kt scala rb php c h cc cpp hpp cs swift sh bash vue "
    "svelte html css scss proto graphql j2 erb"
)
_DATA = words(
    "csv tsv json jsonl ndjson parquet avro orc xls xlsx ods xml sql sqlite sqlite3 db dump bak "
    "gz bz2 xz zst zip tar log"
)
_NOTES = words("md txt rst adoc org pdf doc docx odt eml msg")
_NO_STOP = Stop()


@lru_cache(maxsize=4096)
def data_class_of(relative: str) -> str:
    """One of :data:`DATA_CLASSES`, ``""`` for everything else."""
    folder, _, name = relative.rpartition("/")
    kind = name.rpartition(".")[2].lower() if "." in name else ""
    if kind in _CODE or is_goalpost(relative):
        return ""
    if (placed := placed_zone(relative) or placed_zone(f"{relative}/-")) in DATA_CLASSES:
        return placed
    named = relative if kind in _DATA else f"{folder}/-" if kind in _NOTES and folder else ""
    zone = zone_of(named, _NO_STOP) if named else ""
    return zone if zone in DATA_CLASSES else ""
