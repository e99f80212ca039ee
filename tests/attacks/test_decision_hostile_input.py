"""Input made to crash, hang or confuse the reader of commands: each is decided, none allowed."""

from __future__ import annotations

import pytest

from remit.model.json import Json
from remit.services.explain import DEFAULT_CONTRACT, Explained, explain

ROOT = "/nowhere/repository"


def _explained(tool: str, values: dict[str, Json]) -> Explained:
    return explain(tool, values, DEFAULT_CONTRACT, cwd=ROOT, root=ROOT, home="/home/nobody")


HELD = {
    "unclosed substitutions": "$(" * 10_000,
    "deep substitutions": "$(" * 500 + "rm x" + ")" * 500,
    "deep arithmetic": "echo " + "$((" * 2_000,
    "backquotes": "`" * 60_000,
    "nested shells": "bash -c '" * 30 + "rm x" + "'" * 30,
    "shells in shells": "bash -c " * 200 + "rm",
    "a megabyte": "echo " + "a" * 1_000_000,
    "a hundred thousand segments": "a;" * 100_000,
    "segments below the limit of length": "a;" * 30_000,
    "an unclosed quote": "echo 'x",
    "an unclosed double quote": 'echo "x',
    "work before a quote that never closes": "rm /etc/hosts\necho 'x",
    "a NUL byte": "rm x\0y",
    "bytes that are no text": "rm \udcff\udcfe",
    "an open subshell": "(" * 30_000,
    "open groups": "{ " * 30_000,
    "open braces": "echo " + "{" * 60_000,
    "open alternatives": "echo " + "{a," * 20_000,
    "multiplying braces": "echo " + "{a,b}" * 40,
    "a climb of words": "echo " + "a " * 30_000,
    "redirects without end": "echo " + ">a " * 15_000,
    "here-documents without end": "<<A " * 10_000,
    "conditions without end": "if a; then " * 5_000,
    "tests without end": "[[ " * 10_000,
    "arrays without end": "x=(" * 20_000,
    "functions that call themselves": "f() { f; f; }; f",
    "functions that double": "".join(f"f{n}() {{ f{n - 1}; f{n - 1}; }};" for n in range(1, 40))
    + "f39",
    "loops in loops": "for i in a b c d e f g; do " * 9 + "rm $i" + "; done" * 9,
    "eval in eval": "eval " * 3_000 + "rm",
    "wrappers in wrappers": "env " * 8_000 + "rm x",
    "an endless path": "rm " + "a/" * 20_000,
    "an endless pattern": "rm " + "*" * 60_000,
    "an endless climb": "rm " + "../" * 15_000,
    "an endless sed script": "sed '" + "s/a/b/;" * 8_000 + "' x",
    "brackets that only open": "rm /etc/" + "[" * 60_000,
    "tests without end in another shell": "sh -c '" + "[[" * 30_000 + "'",
    "scripts without end": ";".join(["python3 -c '" + "-" * 1_400 + "1'"] * 40),
    "calls in calls": "python3 -c '" + "print(" * 400 + ")" * 400 + "; exec(1)'",
    "patterns without end": ";".join(["awk '" + "/a/" * 600 + "'"] * 30) + "; rm /etc/x",
    "endless escapes": "$'" + "\\'" * 29_000 + "'",
    "a line separator of another alphabet": "ls\u2028rm x",
    "a carriage return": "ls\rrm x",
    "an escape sequence": "ls \x1b[2J",
}


@pytest.mark.parametrize("command", HELD.values(), ids=HELD.keys())
def test_is_decided_and_held(command: str) -> None:
    explained = _explained("Bash", {"command": command})
    assert explained.decision.held
    assert len(explained.effects) <= 1_000
    assert len(explained.answer) < 2_000


TWINS = {
    "substitutions": "echo $(cat a) $(echo $(ls))",
    "arithmetic": "echo $(( (1 + 2) * 3 ))",
    "nested shells": "bash -c 'sh -c ls'",
    "a long text": "echo " + "a" * 2_000,
    "many segments": "ls;" * 50,
    "quotes": "echo 'x' \"y\"",
    "braces": "echo {a,b}{c,d}",
    "a long here-document": "cat > src/a.txt <<'EOF'\n" + "line ( of { text $\n" * 2_000 + "EOF\n",
    "loops": "for i in a b; do for j in c d; do echo $i$j; done; done",
    "a deep path": "rm " + "a/" * 100 + "b",
    "another alphabet": "echo 'naïve 日本'",
}


@pytest.mark.parametrize("command", TWINS.values(), ids=TWINS.keys())
def test_its_honest_twin_is_allowed(command: str) -> None:
    assert not _explained("Bash", {"command": command}).decision.held


@pytest.mark.parametrize(
    ("tool", "values"),
    [
        ("Bash", {}),
        ("Bash", {"command": None}),
        ("Bash", {"command": 5}),
        ("Bash", {"command": {"a": "b"}}),
        ("Bash", {"command": ""}),
        ("Write", {"file_path": ["a"], "content": "x"}),
        ("Write", {"file_path": "a\0b", "content": "x"}),
        ("Write", {"file_path": "a" * 100_000, "content": "x"}),
        ("Read", {"file_path": ""}),
        ("Read", {}),
        ("", {}),
        ("Bash\0", {"command": "ls"}),
        ("bash", {"command": "ls"}),
        ("mcp__", {}),
        ("mcp____", {}),
    ],
)
def test_a_malformed_call_is_held(tool: str, values: dict[str, Json]) -> None:
    assert _explained(tool, values).decision.held
