"""How recorded calls become ours: by the reader of live hooks, or in its words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from recorded_sessions import backtest, contract_of
from transcript_lines import answer, call, result, write

from remit.adapters.agents.recorded import RECORDED
from remit.adapters.render.backtest_terminal import account
from remit.codec.contract import freeze
from remit.model.backtest import Fate, RecordedCall
from remit.services.backtest.backtest import Backtest, Proposed, Recorded
from remit.services.scan.find import find
from remit.services.scan.prices import load_prices

CWD = "/home/dev/shop"
PATCH = """*** Begin Patch
*** Add File: src/new.py
+x
*** Update File: src/old.py
*** Move to: src/moved.py
@@
-a
+b
*** Delete File: src/gone.py
*** End Patch"""
EDITS = [
    ("Write", "src/new.py"),
    ("Edit", "src/old.py"),
    ("Write", "src/moved.py"),
    ("Bash", "rm -- src/old.py"),
    ("Bash", "rm -- src/gone.py"),
]


def made(agent: str, tool: str, given: object) -> list[tuple[str, str]] | None:
    """The tools and what they are given most of all."""
    data = given if isinstance(given, bytes) else json.dumps(given).encode()
    calls = RECORDED[agent](RecordedCall("call_1", tool, data, CWD, ""))
    if calls is None:
        return None
    return [
        (one.tool, str(next(iter(one.input.values()), "")) if one.input else "") for one in calls
    ]


@pytest.mark.parametrize(
    ("tool", "given", "expected"),
    [
        ("shell", {"command": ["bash", "-lc", "npm test | tail"]}, [("Bash", "npm test | tail")]),
        ("shell", {"command": ["rg", "a b", "src"]}, [("Bash", "rg 'a b' src")]),
        ("exec_command", {"cmd": "npm test"}, [("Bash", "npm test")]),
        ("shell_command", {"command": "npm test"}, [("Bash", "npm test")]),
        (
            "local_shell_call",
            {"input": None, "action": {"type": "exec", "command": ["ls", "-l"]}},
            [("Bash", "ls -l")],
        ),
        ("apply_patch", {"input": PATCH}, EDITS),
        ("apply_patch", {"patch": PATCH}, EDITS),
        ("shell", {"command": ["apply_patch", PATCH]}, EDITS),
        ("shell_command", {"command": f"apply_patch <<'EOF'\n{PATCH}\nEOF"}, EDITS),
        (
            "shell_command",
            {"command": f"cd src && apply_patch <<'EOF'\n{PATCH.replace('src/', '')}\nEOF"},
            EDITS,
        ),
        ("write_stdin", {"session_id": 1, "chars": ""}, [("BashOutput", "")]),
        ("write_stdin", {"chars": "y\n"}, [("write_stdin", "y\n")]),
        ("update_plan", {"plan": []}, [("TodoWrite", "")]),
        ("view_image", {"path": "a.png"}, [("Read", "a.png")]),
        ("some_new_tool", {"x": "y"}, [("some_new_tool", "y")]),
    ],
)
def test_a_call_of_codex_is_what_its_hook_would_say(
    tool: str, given: object, expected: list[tuple[str, str]]
) -> None:
    assert made("codex", tool, given) == expected


@pytest.mark.parametrize(
    ("tool", "given", "expected"),
    [
        ("run_shell_command", {"command": "npm test"}, [("Bash", "npm test")]),
        ("read_file", {"absolute_path": "/a/b"}, [("Read", "/a/b")]),
        ("read_file", {"file_path": "/a/b"}, [("Read", "/a/b")]),
        ("write_file", {"file_path": "a", "content": "x"}, [("Write", "a")]),
        ("replace", {"old_string": "x", "file_path": "a"}, [("Edit", "a")]),
        ("glob", {"pattern": "**/*.py"}, [("Glob", "**/*.py")]),
        ("read_many_files", {"paths": ["a", "b/**"]}, [("Read", "a"), ("Read", "b/**")]),
        (
            "web_fetch",
            {"prompt": "compare https://a.example/x and (https://b.example/y)"},
            [("WebFetch", "https://a.example/x"), ("WebFetch", "https://b.example/y")],
        ),
        ("google_web_search", {"query": "x"}, [("WebSearch", "recorded")]),
        ("save_memory", {"fact": "x"}, [("Write", "~/.gemini/GEMINI.md")]),
        ("write_todos", {"todos": []}, [("TodoWrite", "")]),
        ("complete_task", {"report": {"a": 1}}, [("TodoWrite", "")]),
        ("invoke_agent", {"agent_name": "x", "prompt": "look"}, [("Agent", "")]),
        ("read_background_output", {"pid": 7}, [("BashOutput", "")]),
        ("some_new_tool", {"x": "y"}, [("some_new_tool", "y")]),
        ("web_fetch", {"prompt": "nothing"}, [("web_fetch", "nothing")]),
    ],
)
def test_a_call_of_gemini_is_one_of_the_tool_that_does_the_same(
    tool: str, given: object, expected: list[tuple[str, str]]
) -> None:
    assert made("gemini", tool, given) == expected


@pytest.mark.parametrize("agent", sorted(RECORDED))
@pytest.mark.parametrize(
    "given", [b"", b"[1]", b"null", b'{"command": "\\u0000"}', b'{"a":' * 200, b'"x"', b"{" * 9]
)
def test_what_is_no_call_is_none(agent: str, given: bytes) -> None:
    assert made(agent, "Bash", given) is None


def test_a_command_that_only_mentions_a_patch_is_a_command() -> None:
    command = "grep -rn 'apply_patch' docs && echo '*** Begin Patch'"
    assert made("codex", "shell_command", {"command": command}) == [("Bash", command)]


def test_a_call_of_codex_is_made_where_it_says() -> None:
    given = json.dumps({"cmd": "ls", "workdir": "src"}).encode()
    (one,) = RECORDED["codex"](RecordedCall("call_1", "exec_command", given, CWD, "")) or ()
    assert one.cwd == f"{CWD}/src"


def test_a_subagent_is_part_of_its_session(tmp_path: Path) -> None:
    write(tmp_path / "one.jsonl", *asked("1", "Bash", command="ls src"))
    write(
        tmp_path / "one" / "subagents" / "agent-a.jsonl",
        *asked("2", "Write", file_path=f"{CWD}/NOTES.md", content="x"),
    )
    report = backtest(contract_of('[scope]\nedit = ["src/**"]'), tmp_path)
    assert len(report.sessions) == 1
    assert report.fates == {Fate.ALLOWED: 1, Fate.DENIED: 1}


def test_a_resumed_session_is_decided_once(tmp_path: Path) -> None:
    """The client copies what was said before into the file of the session that goes on."""
    first = asked("1", "Write", file_path=f"{CWD}/NOTES.md", content="x")
    write(tmp_path / "a.jsonl", *first)
    write(tmp_path / "b.jsonl", *first, *asked("2", "Bash", command="ls"))
    report = backtest(contract_of('[scope]\nedit = ["src/**"]'), tmp_path)
    assert report.fates == {Fate.ALLOWED: 1, Fate.DENIED: 1}
    assert report.used.messages == 2


def test_a_session_that_goes_on_elsewhere_stands_where_it_goes_on(tmp_path: Path) -> None:
    first = asked("1", "Bash", command="ls")
    moved = asked("2", "Write", file_path="/home/dev/mill/src/a.py", content="x")
    for record in moved:
        record["cwd"] = "/home/dev/mill"
    write(tmp_path / "a.jsonl", *first)
    write(tmp_path / "b.jsonl", *first, *moved)
    report = backtest(contract_of('[scope]\nedit = ["src/**"]'), tmp_path)
    assert report.fates == {Fate.ALLOWED: 2}


def test_sessions_of_an_agent_nobody_can_read_are_counted(tmp_path: Path) -> None:
    write(tmp_path / "one.jsonl", *asked("1", "Bash", command="ls"))
    contract = contract_of('[scope]\nedit = ["src/**"]')
    proposed = Proposed(contract, "case.toml", freeze(contract)[1])
    prices = load_prices({}, None)
    report = Backtest(proposed, Recorded(find(tmp_path)), prices, {}).run()
    assert (report.foreign, report.sessions) == (1, ())
    assert "1 sessions are of agents" in account(report)


def asked(number: str, tool: str, **given: object) -> list[dict[str, object]]:
    made = call(f"toolu_{number}", tool, **given)
    return [answer(f"msg_{number}", content=[made]), result(f"toolu_{number}", "ok")]
