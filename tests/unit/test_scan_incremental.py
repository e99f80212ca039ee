"""However files come, grow, repeat each other and go: a scan says what a first one would."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st
from transcript_lines import answer, call, result

from remit.model.scan import ScanReport
from remit.services.scan.find import find
from remit.services.scan.prices import load_prices
from remit.services.scan.report import Filter
from remit.services.scan.scan import Scan, scan
from remit.storage.locate import StateDir
from remit.storage.scan_index import open_index

PRICES = load_prices({"XDG_CONFIG_HOME": "/nowhere", "HOME": "/nowhere"}, None)

Step = tuple[str, str, int]

names = st.sampled_from(["a", "b", "c", "d"])
steps = st.lists(
    st.tuples(
        st.sampled_from(["grow", "grow", "repeat", "cut", "remove"]), names, st.integers(1, 5)
    ),
    min_size=1,
    max_size=8,
)


def _lines(name: str, number: int) -> str:
    """An answer that calls a tool, and what the tool said to it."""
    id_ = f"{name}{number}"
    usage = {"input_tokens": 100, "output_tokens": number}
    said = answer(id_, "req", usage=usage, sessionId=name, content=[call(id_, "Bash", command="x")])
    return "".join(json.dumps(each) + "\n" for each in (said, result(id_, "same")))


def _grow(path: Path, number: int) -> None:
    with path.open("a", encoding="utf-8") as file:
        for one in range(number):
            file.write(_lines(path.stem, one))


def _repeat(path: Path, number: int) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(_lines("a", number))


def _cut(path: Path, number: int) -> None:
    if path.exists():
        path.write_bytes(path.read_bytes()[: number * 300])


def _remove(path: Path, _: int) -> None:
    path.unlink(missing_ok=True)


DO: dict[str, Callable[[Path, int], None]] = {
    "grow": _grow,
    "repeat": _repeat,
    "cut": _cut,
    "remove": _remove,
}


def _scanned(place: Path, state: StateDir) -> ScanReport:
    with open_index(state) as index:
        return scan(Scan(find(place), PRICES, Filter()), index)


def _state(base: Path, name: str) -> StateDir:
    root = base / name
    root.mkdir()
    return StateDir(root)


@settings(max_examples=60)
@given(steps)
@example([("grow", "a", 2), ("repeat", "b", 1), ("remove", "a", 1), ("grow", "c", 1)])
@example([("repeat", "b", 1), ("grow", "a", 3), ("cut", "b", 1), ("grow", "d", 2)])
def test_a_scan_brought_up_to_date_says_what_a_first_one_says(taken: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        place = base / "projects"
        place.mkdir()
        kept = _state(base, "kept")
        for at, (what, name, number) in enumerate(taken):
            DO[what](place / f"{name}.jsonl", number)
            assert _scanned(place, kept) == _scanned(place, _state(base, f"fresh{at}"))
