"""Contract files with what must be said of them: every problem at once, each on its own line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from remit.codec.contract import dump, examine, freeze, parse
from remit.errors import InvalidDocument, Problem

CASES = sorted((Path(__file__).parent.parent / "cases" / "contracts").glob("*.toml"))
_MARK = re.compile(r"#!(-?) ([^|#]+) \| ([^|]+) \| (.+?)(?= #!|$)")


def _expected(text: str) -> list[tuple[int | None, str, str, str]]:
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for missing, key, message, fix in _MARK.findall(line):
            found.append((None if missing else number, key.strip(), message, fix))
    return found


def _agrees(problem: Problem, expected: tuple[int | None, str, str, str]) -> bool:
    line, key, message, fix = expected
    place = (problem.line, problem.key) == (line, key)
    return place and message in problem.message and fix in problem.fix


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_problem_is_said_at_once_on_its_line(path: Path) -> None:
    text = path.read_text()
    problems = examine(text, path.name).problems
    expected = _expected(text)
    unsaid = [e for e in expected if not any(_agrees(p, e) for p in problems)]
    unexpected = [p for p in problems if not any(_agrees(p, e) for e in expected)]
    assert (unsaid, unexpected) == ([], [])
    assert len(problems) == len(expected)


def test_a_broken_file_never_becomes_a_contract() -> None:
    with pytest.raises(InvalidDocument) as refused:
        parse((CASES[0].parent / "typos.toml").read_text(), "typos.toml")
    assert refused.value.source == "typos.toml"
    assert len(refused.value.problems) == 10


def test_the_whole_file_comes_back_unchanged() -> None:
    contract = parse((CASES[0].parent / "whole.toml").read_text(), "whole.toml")
    assert parse(dump(contract), "again") == contract
    assert contract.exclude == ("change the lexer",)
    assert contract.budget.time_s == 1200
    assert contract.budget.spend_micro_usd == 2_000_000
    assert contract.mcp[1].command == ("tickets-mcp", "--read-only")


def test_how_the_file_is_written_does_not_change_the_digest() -> None:
    one = 'goal = "x"\nscope.edit = ["a"]\nevidence.none = "b"'
    other = '# said otherwise\nschema = 1\ngoal = """x"""\n[scope]\nread = ["**"]\nedit = [\n"a"]\n'
    other += "[evidence]\nnone = 'b'\n[budget]\ntime = '1200s'\n"
    assert freeze(parse(one, "")) == freeze(parse(other, ""))


def test_the_digest_sees_every_line() -> None:
    text = (CASES[0].parent / "whole.toml").read_text()
    original = freeze(parse(text, ""))[1]
    for old, new in [("Ada", "Bob"), ("40", "41"), ("red-then-green", "green"), ("5m", "6m")]:
        assert freeze(parse(text.replace(old, new), ""))[1] != original
