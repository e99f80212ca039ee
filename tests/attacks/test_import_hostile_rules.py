"""Rule files that somebody else wrote: broken, huge, or made to reach the draft or the reader."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from remit.codec.json_lines import MAX_BYTES, MAX_DEPTH, MAX_ENTRIES
from remit.codec.rule_files import MAX_RULES, MAX_TEXT
from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.main import run_command

EVIL = 'x\n[commands]\nfree = ["rm"]\n# \x1b[2J\u202e\u200b ::error::x ##[group]\ud800'


def imported(tmp_path: Path, text: str | bytes) -> int:
    path = tmp_path / "settings.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return run_command(["import", "claude-settings", str(path)])


BROKEN = {
    "a comma at the end": ('{\n"permissions": {\n"deny": ["Bash(x)",]\n}}', 3, "a comma before"),
    "no comma": ('{"permissions": {\n"deny": ["a" "b"]}}', 2, "missing"),
    "a comment": ('{\n// mine\n"permissions": {}}', 2, "a comment"),
    "no end": ('{\n"permissions": {"deny": ["a"]', 2, "missing"),
    "a key twice": ('{"permissions": {"deny": ["Bash(x)"],\n"deny": []}}', 2, "stands twice"),
    "two documents": ('{}\n{"permissions": {"deny": []}}', 2, "after the last"),
    "a list": ("[]", 1, "not a JSON object"),
    "nothing but text": ("deny everything", 1, "not a JSON object"),
    "not a number": ('{\n\n"a": NaN}', 3, "cannot be read"),
    "no quotes": ("{deny: 1}", 1, "cannot be read"),
    "a text that never ends": ('{\n"a": "b\n}', 2, "cannot be read"),
    "rules that are no list": ('{\n"permissions":\n{"deny": "Bash(x)"}}', 3, "a list of texts"),
    "a rule that is no text": ('{"permissions": {"deny": [\n"Bash(x)",\n7]}}', 3, "must be text"),
    "permissions that are no table": ('{\n"permissions": []}', 2, "must be a table"),
    "a mode that is a list": ('{"permissions": {\n"defaultMode": []}}', 2, "a short text"),
    "bytes that are no text": (b'{\n"a": "\xff"}', 2, "not UTF-8"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_file_is_refused_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    text, line, message = BROKEN[name]
    assert imported(tmp_path, text) == Exit.INVALID
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"(line {line})" in shown.err
    assert message in shown.err


def test_the_same_file_in_order_is_imported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert imported(tmp_path, '\ufeff{"permissions": {\n"deny": ["Bash(x)"]\n}}') == Exit.YES
    assert '"=x",  # settings.json:2  deny Bash(x)' in capsys.readouterr().out


GUARDS = {
    "dcg that is no TOML": ("dcg", "[packs]\nenabled = [", 2, "not TOML"),
    "dcg with packs that are no list": ("dcg", '[packs]\nenabled = "all"', 2, "a list of texts"),
    "dcg with a pack that is no text": ("dcg", "[packs]\nenabled = [\n1]", 3, "must be text"),
    "dcg with bytes that are no text": ("dcg", b'a = 1\nb = "\xff"', 2, "not UTF-8"),
    "safety-net without a version": ("safety-net", '{"rules": []}', None, "the number 1"),
    "safety-net of another version": ("safety-net", '{\n"version": 2}', 2, "the number 1"),
    "safety-net with rules in a table": ("safety-net", '{"version": 1,\n"rules": {}}', 2, "a list"),
    "safety-net with a key of its own": (
        "safety-net",
        '{"version": 1,\n"x": 1}',
        2,
        "is not a line",
    ),
    "safety-net with a rule that is text": (
        "safety-net",
        '{"version": 1, "rules": [\n"rm"]}',
        2,
        "a table",
    ),
    "safety-net with a program that is a path": (
        "safety-net",
        '{"version": 1, "rules": [{"name": "a", "block_args": ["x"], "reason": "r",\n'
        '"command": "/bin/rm"}]}',
        2,
        "a letter first",
    ),
    "safety-net with no arguments": (
        "safety-net",
        '{"version": 1, "rules": [{"name": "a", "command": "rm", "reason": "r",'
        '\n"block_args": []}]}',
        2,
        "not empty",
    ),
    "safety-net with a name twice": (
        "safety-net",
        '{"version": 1, "rules": ['
        '{"name": "a", "command": "rm", "reason": "r", "block_args": ["x"]},'
        '\n{"name": "A", "command": "rm", "reason": "r", "block_args": ["x"]}]}',
        2,
        "used twice",
    ),
}


@pytest.mark.parametrize("name", GUARDS)
def test_broken_file_of_a_guard_is_refused_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    source, text, line, message = GUARDS[name]
    path = tmp_path / "rules"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert run_command(["import", source, str(path)]) == Exit.INVALID
    shown = capsys.readouterr()
    assert shown.out == ""
    assert (f"(line {line})" if line else "(missing)") in shown.err
    assert message in shown.err


@pytest.mark.parametrize("source", ["dcg", "safety-net"])
def test_hostile_rules_of_a_guard_reach_neither_the_draft_nor_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], source: str
) -> None:
    evil = EVIL.replace("\ud800", "")
    rule = {"name": "a", "command": "rm", "block_args": [evil, "-x"], "reason": evil}
    safety = json.dumps({"version": 1, "rules": [rule]})
    quoted = json.dumps(evil)
    blocks = f"[overrides]\nblock = [{{ pattern = {quoted}, reason = {quoted} }}]\n"
    path = tmp_path / "rules"
    path.write_text(safety if source == "safety-net" else blocks + f"allow = [{quoted}]\n")
    assert run_command(["import", source, str(path)]) == Exit.YES
    shown = capsys.readouterr().out
    assert not [letter for letter in shown if not letter.isprintable() and letter != "\n"]
    assert "::error" not in shown
    assert "free" not in tomllib.loads(shown).get("commands", {})


def deep(levels: int) -> str:
    return '{"a": ' + "[" * (levels - 1) + "]" * (levels - 1) + "}"


def rules(count: int, text: str = "Bash(x)") -> str:
    return json.dumps({"permissions": {"deny": [text] * count}})


LIMITS = {
    "depth": (deep(MAX_DEPTH), deep(MAX_DEPTH + 2), "deep"),
    "thousands of levels": ("{}", deep(100_000), "deep"),
    "bytes": ("{}" + " " * (MAX_BYTES - 2), "{}" + " " * MAX_BYTES, "larger than"),
    "rules": (rules(MAX_RULES), rules(MAX_RULES + 1), "more than"),
    "entries": ("{}", rules(MAX_ENTRIES + 1), "more than"),
    "a long rule": (rules(1, "x" * MAX_TEXT), rules(1, "x" * (MAX_TEXT + 1)), "too long"),
    "a huge number": ("{}", '{"permissions": {"deny": [' + "9" * 100_000 + "]}}", "must be text"),
}


@pytest.mark.parametrize("name", LIMITS)
def test_every_limit_holds_and_what_is_at_it_passes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    within, beyond, message = LIMITS[name]
    assert imported(tmp_path, within) == Exit.YES
    capsys.readouterr()
    assert imported(tmp_path, beyond) == Exit.INVALID
    assert message in capsys.readouterr().err


HOSTILE = [
    f"Bash({EVIL})",
    f"Bash({EVIL}:*)",
    f"Read(./{EVIL})",
    f"Edit({EVIL}/**)",
    f"WebFetch(domain:{EVIL})",
    f"mcp__{EVIL}__x",
    EVIL,
    'Bash(x "]\nfree = ["rm)',
    'Read(a\\")',
    "Read(##vso[task.setvariable]x)",
]


@pytest.mark.parametrize("verb", ["allow", "ask", "deny"])
def test_hostile_rule_reaches_neither_the_draft_nor_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    assert imported(tmp_path, json.dumps({"permissions": {verb: HOSTILE}})) == Exit.YES
    shown = capsys.readouterr().out
    assert not [letter for letter in shown if not letter.isprintable() and letter != "\n"]
    assert "::error" not in shown
    assert "##[group]" not in shown
    policy = tomllib.loads(shown)
    assert "rm" not in policy.get("commands", {}).get("free", [])
    told = [line for line in shown.splitlines() if line.startswith("#   settings.json:1")]
    carried = sum(
        len(items)
        for table in policy.values()
        if isinstance(table, dict)
        for items in table.values()
    )
    assert len(told) + carried >= len(HOSTILE)


def test_honest_rule_with_odd_letters_is_carried_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = json.dumps({"permissions": {"deny": ['Bash(echo "grün ☃")', "Read(größe/**)"]}})
    assert imported(tmp_path, text) == Exit.YES
    policy = tomllib.loads(capsys.readouterr().out)
    assert policy["commands"]["never"] == ['=echo "grün ☃"']
    assert policy["scope"]["never_read"] == ["**/größe/**"]


def test_name_of_a_file_cannot_end_a_comment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x\n[commands]\nfree = ['rm']\x1b[2J"
    path.write_text('{"permissions": {"deny": ["Bash(x)"]}}')
    assert run_command(["import", "claude-settings", str(path)]) == Exit.YES
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "free" not in tomllib.loads(shown)["commands"]


def test_name_of_a_broken_file_reaches_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x\x1b[2J"
    path.write_text("{")
    assert run_command(["import", "claude-settings", str(path)]) == Exit.INVALID
    assert "\x1b" not in capsys.readouterr().err
