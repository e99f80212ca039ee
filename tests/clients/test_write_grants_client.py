"""A granted write opens exactly one path, to the hook, the kernel, the comparison and the gate."""

from __future__ import annotations

import time

import pytest

from governed import RUN_SECONDS, Bench, Outcome, repair
from remit.testing.scripted_model import ScriptedModel, Turn, say, use

LATER_S = 15.0
"""The model thinks that long while a person answers."""


@pytest.fixture
def bench(claude, tmp_path, clean_env) -> Bench:
    made = Bench(claude, tmp_path, clean_env)
    made.commit({"docs/notes.md": "old\n", "docs/other.md": "old\n"})
    return made


def _later(turn: Turn) -> Turn:
    return Turn(turn.blocks, LATER_S)


def _write(bench: Bench, path: str) -> Turn:
    return use("Write", file_path=str(bench.root / path), content="new\n")


def _read(bench: Bench, path: str) -> Turn:
    return use("Read", file_path=str(bench.root / path))


def _granted(bench: Bench, turns: list[Turn]) -> Outcome:
    """A run in which the first request is granted while it goes on."""
    with ScriptedModel({"main": turns}) as model:
        process = bench.start(model.url)
        record = bench.wait_for(lambda record: bool(record.requests), RUN_SECONDS)
        time.sleep(1)
        done = bench.cli(
            "grant",
            next(iter(record.requests)),
            "--until",
            "end",
            "--reason",
            "the notes belong to it",
        )
        assert done.returncode == 0, done.stderr
        out, err = process.communicate(timeout=RUN_SECONDS)
        return bench.outcome(process.returncode, out, err, model.requests)


def test_a_granted_write_is_made_once_under_a_wider_confinement(bench: Bench) -> None:
    notes = "docs/notes.md"
    turns = [_read(bench, notes), _write(bench, notes), _later(_write(bench, notes))]
    done = _granted(bench, [*turns, *repair(bench.root)])
    assert (bench.root / notes).read_text() == "new\n", done.stderr
    assert "started again, confined to that too" in done.stderr
    assert not done.crossed
    assert done.exit_code == 0, done.stderr
    assert sorted(done.record.commit.files) == [notes, "stocklist/parser.py"]
    (told,) = done.packet["asked"]
    assert (told["kind"], told["subject"], told["outcome"]) == ("write", notes, "granted")


def test_a_granted_write_opens_nothing_beside_it(bench: Bench) -> None:
    notes, other = "docs/notes.md", "docs/other.md"
    turns = [
        _read(bench, notes),
        _write(bench, notes),
        _later(_write(bench, notes)),
        _read(bench, other),
        _write(bench, other),
        use("Bash", command="python3 tools.py", description="try"),
        *repair(bench.root)[2:3],
        say("done"),
    ]
    bench.commit({"tools.py": f"open({other!r}, 'w').write('new')\n"})
    bench.contract = bench.contract.replace(
        "[scope]", '[commands]\nfree = ["python3 tools.py"]\n\n[scope]', 1
    )
    done = _granted(bench, turns)
    assert (bench.root / notes).read_text() == "new\n", done.stderr
    assert (bench.root / other).read_text() == "old\n"
    assert not done.crossed
    tried = [c for c in done.record.calls.values() if "tools.py" in str(c.requested.input)]
    assert [(c.decision.outcome, c.finished.ok) for c in tried] == [("allow", False)]


def test_a_refused_write_is_not_made(bench: Bench) -> None:
    notes = "docs/notes.md"
    turns = [_read(bench, notes), _write(bench, notes), _later(_write(bench, notes))]
    with ScriptedModel({"main": [*turns, *repair(bench.root)]}) as model:
        process = bench.start(model.url)
        record = bench.wait_for(lambda record: bool(record.requests), RUN_SECONDS)
        done = bench.cli("refuse", next(iter(record.requests)), "--reason", "leave the notes")
        assert done.returncode == 0, done.stderr
        out, err = process.communicate(timeout=RUN_SECONDS)
        ended = bench.outcome(process.returncode, out, err, model.requests)
    assert (bench.root / notes).read_text() == "old\n"
    assert any("leave the notes" in request.text for request in ended.requests)
