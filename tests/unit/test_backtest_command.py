"""``remit backtest`` as it is called: what it takes, how it ends, what it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from recorded_sessions import HEAD, TAIL, contract_of, transcript

from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.main import run_command
from remit.services.explain import explain

LINES = '[scope]\nedit = ["src/**"]\n'
SESSION = """
Write /home/dev/shop/NOTES.md: x -> ok
Bash frobnicate src -> ok
Bash cat .env -> TOKEN=x
Bash git push -> ok
WebFetch https://docs.example.org/x -> page
"""


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    path = tmp_path / "contract.toml"
    path.write_text(HEAD + LINES + TAIL)
    return path


@pytest.fixture
def sessions(tmp_path: Path) -> Path:
    return transcript(tmp_path / "sessions" / "one.jsonl", SESSION).parent


def told(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, object]:
    assert run_command(["backtest", *map(str, words), "--json"]) == Exit.YES
    value: dict[str, object] = json.loads(capsys.readouterr().out)
    return value


def test_the_words_are_those_of_explain(
    capsys: pytest.CaptureFixture[str], contract: Path, sessions: Path
) -> None:
    report = told(capsys, contract, sessions)
    by_rule = report["by_rule"]
    assert isinstance(by_rule, list)
    words = {one["call"]: one["words"] for group in by_rule for one in group["examples"]}
    assert len(words) == 5
    for command in ("frobnicate src", "cat .env", "git push"):
        place = {"cwd": "/home/dev/shop", "root": "/home/dev/shop", "home": "/home/dev"}
        same = explain("Bash", {"command": command}, contract_of(LINES), **place)
        assert words[command] == same.answer


def test_a_day_and_a_project_choose_sessions(
    capsys: pytest.CaptureFixture[str], contract: Path, sessions: Path
) -> None:
    for words, count in (
        ((), 1),
        (("--since", "2026-11-02"), 1),
        (("--since", "2026-11-03"), 0),
        (("--project", "shop/"), 1),
        (("--project", "mill"), 0),
    ):
        report = told(capsys, contract, sessions, *words)
        recorded = report["recorded"]
        assert isinstance(recorded, dict)
        assert recorded["sessions"] == count, words


def test_a_draft_says_why_and_is_a_contract(
    capsys: pytest.CaptureFixture[str], contract: Path, sessions: Path, tmp_path: Path
) -> None:
    draft = tmp_path / "draft.toml"
    told(capsys, contract, sessions, "--suggest", draft)
    text = draft.read_text()
    assert "# It permits nothing until a person starts a run with it." in text
    assert "# scope.edit: 1 call that succeeded in 1 session" in text
    after = told(capsys, draft, sessions)["honest_work"]
    assert after == {"interrupted": 2, "no_contract_opens": 2}


def test_without_a_place_the_folders_of_agents_are_read(
    capsys: pytest.CaptureFixture[str],
    contract: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    transcript(tmp_path / "claude" / "projects" / "shop" / "one.jsonl", SESSION)
    calls = told(capsys, contract)["calls"]
    assert isinstance(calls, dict)
    assert calls["denied"] == 4


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        (None, "sessions", Exit.USAGE),
        (HEAD + LINES + TAIL, "nowhere", Exit.USAGE),
        ("goal = 1", "sessions", Exit.INVALID),
        ("no toml [", "sessions", Exit.INVALID),
        ("", "sessions", Exit.INVALID),
    ],
    ids=["no-contract", "no-sessions", "wrong-type", "no-toml", "empty"],
)
def test_bad_input_is_an_error_with_a_way_out(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    sessions: Path,
    text: str | None,
    place: str,
    code: Exit,
) -> None:
    path = tmp_path / "proposed.toml"
    if text is not None:
        path.write_text(text)
    assert run_command(["backtest", str(path), str(tmp_path / place)]) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) > 1


def test_a_backtest_leaves_no_trace_in_the_sessions_or_the_state(
    capsys: pytest.CaptureFixture[str],
    contract: Path,
    sessions: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REMIT_STATE", str(tmp_path / "state"))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    told(capsys, contract, sessions)
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert after == before
