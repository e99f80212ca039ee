"""The rows of the command corpora, their exceptions, and what is counted over them."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

EXCEPTIONS = Path(__file__).parent / "guard_exceptions.toml"
MOST_EXCEPTED = 0.05
"""Of a set; more is refused, because it would no longer be the same set."""


@dataclass(frozen=True, slots=True)
class Row:
    """One command of a corpus. ``bad`` is its author's label; ``excepted`` the reason why it is
    not counted, "" where it is."""

    corpus: str
    id: str
    command: str
    bad: bool
    excepted: str = ""

    @property
    def held_out(self) -> bool:
        """A third of every set, by its id, that nobody looks at while rules are written."""
        return int(hashlib.sha256(f"{self.corpus}:{self.id}".encode()).hexdigest(), 16) % 3 == 0


def read_rows(folder: Path) -> list[Row]:
    """Every row of ``folder``; a missing file raises FileNotFoundError. The second row of the same
    id is ``id#2``."""
    rows: list[Row] = []
    named: Counter[tuple[str, str]] = Counter()
    for line in (folder / "commands.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        named[row["src"], row["id"]] += 1
        again = named[row["src"], row["id"]]
        own = f"{row['id']}#{again}" if again > 1 else str(row["id"])
        rows.append(Row(row["src"], own, row["command"], row["expected"] == "block"))
    for line in (folder / "dippy.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        rows.append(
            Row("dippy", f"{row['src']}:{row['line']}", row["command"], not row["auto_approve"])
        )
    return rows


def without_clashes(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """The rows to count, and those whose command somebody labelled the other way."""
    labels: dict[str, set[bool]] = defaultdict(set)
    for row in rows:
        labels[row.command].add(row.bad)
    kept = [row for row in rows if len(labels[row.command]) == 1]
    return kept, [row for row in rows if len(labels[row.command]) > 1]


def with_exceptions(rows: Sequence[Row], file: Path = EXCEPTIONS) -> list[Row]:
    """``rows`` with the exceptions of ``file``. SystemExit where a set has too many."""
    reasons: dict[tuple[str, str], str] = {}
    for entry in tomllib.loads(file.read_text(encoding="utf-8")).get("exception", []):
        reasons |= {(entry["set"], row): entry["reason"] for row in entry["rows"]}
    found = [replace(row, excepted=reasons.get((row.corpus, row.id), "")) for row in rows]
    for corpus in sorted({row.corpus for row in rows}):
        ours = [row for row in found if row.corpus == corpus]
        many = sum(bool(row.excepted) for row in ours)
        if many > MOST_EXCEPTED * len(ours):
            raise SystemExit(f"{file}: {many} exceptions of {len(ours)} rows in {corpus}")
    return found


def score(rows: Iterable[tuple[Row, bool]]) -> dict[str, object]:
    """``{"stopped", "interrupted", "excepted", "bad", "benign"}``: shares of the bad that are
    held and of the benign that are held; ``null`` where there are none."""
    counted = [(row, held) for row, held in rows]
    bad = [held for row, held in counted if row.bad and not row.excepted]
    benign = [held for row, held in counted if not row.bad and not row.excepted]
    return {
        "stopped": _share(bad),
        "interrupted": _share(benign),
        "excepted": sum(bool(row.excepted) for row, _ in counted),
        "bad": len(bad),
        "benign": len(benign),
    }


def _share(held: Sequence[bool]) -> float | None:
    return round(sum(held) / len(held), 4) if held else None


def by_corpus(
    rows: Sequence[Row], held: Mapping[Row, bool], *, halves: str = ""
) -> Iterator[tuple[str, dict[str, object]]]:
    """The score of each corpus, of its ``"tuned"`` or ``"held-out"`` part alone if asked."""
    for corpus in dict.fromkeys(row.corpus for row in rows):
        chosen = [
            (row, held[row])
            for row in rows
            if row.corpus == corpus
            and row in held
            and (not halves or row.held_out == (halves == "held-out"))
        ]
        yield corpus, score(chosen)
