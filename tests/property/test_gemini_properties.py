"""However the records of Gemini CLI are ordered, repeated and spread over files and forms: each
answer counts once, with its fullest usage."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from remit.model.usage import Usage
from remit.services.scan.find import find
from remit.services.scan.prices import load_prices
from remit.services.scan.report import Filter
from remit.services.scan.scan import Scan, scan
from remit.storage.locate import StateDir
from remit.storage.scan_index import open_index

PRICES = load_prices({"XDG_CONFIG_HOME": "/nowhere", "HOME": "/nowhere"}, None)
COUNTS = st.integers(0, 300_000)
TOKENS = st.fixed_dictionaries(
    {"input": COUNTS, "output": COUNTS, "cached": COUNTS, "thoughts": COUNTS, "tool": COUNTS}
)
ANSWERS = st.dictionaries(st.sampled_from("abcdefgh"), TOKENS, min_size=1, max_size=8)
FORMS = st.sampled_from(["lines", "document", "checkpoint"])
HEAD = {"sessionId": "one", "projectHash": "0" * 64}


def record(name: str, tokens: dict[str, int]) -> dict[str, object]:
    head = {"id": name, "timestamp": f"2026-11-02T10:0{ord(name) - 97}:00.000Z", "type": "gemini"}
    return {**head, "content": name, "tokens": tokens, "model": "gemini-2.5-pro"}


def write(path: Path, form: str, records: list[dict[str, object]]) -> None:
    if form == "document":
        path.with_suffix(".json").write_text(json.dumps({**HEAD, "messages": records}, indent=2))
        return
    updates = [{"$set": {"messages": records}}] if form == "checkpoint" else records
    lines = (json.dumps(each) + "\n" for each in (HEAD, *updates))
    path.with_suffix(".jsonl").write_text("".join(lines))


def by_hand(answers: dict[str, dict[str, int]]) -> Usage:
    """Input holds what was cached; thoughts are output; prompts of tools are input."""
    cached = {name: min(each["cached"], each["input"]) for name, each in answers.items()}
    return Usage(
        sum(each["input"] + each["tool"] - cached[name] for name, each in answers.items()),
        sum(each["output"] + each["thoughts"] for each in answers.values()),
        0,
        0,
        sum(cached.values()),
    )


@settings(max_examples=150)
@given(ANSWERS, st.data())
def test_totals_depend_on_no_order_and_no_repetition(
    answers: dict[str, dict[str, int]], data: st.DataObject
) -> None:
    names = st.lists(st.sampled_from(sorted(answers)), max_size=12)
    files = data.draw(st.lists(st.tuples(FORMS, names), max_size=4))
    files.append((data.draw(FORMS), data.draw(st.permutations(sorted(answers)))))
    with TemporaryDirectory() as folder:
        chats = Path(folder) / "chats"
        chats.mkdir()
        for number, (form, listed) in enumerate(data.draw(st.permutations(files))):
            records = [record(name, answers[name]) for name in listed]
            write(chats / f"session-{number}", form, records)
        with open_index(StateDir(Path(folder))) as index:
            report = scan(Scan(find(chats), PRICES, Filter()), index)
    assert report.total.usage == by_hand(answers)
    assert report.total.messages == len(answers)
    assert report.total.unmetered == sum(not any(by_hand({"x": each})) for each in answers.values())
