"""What runners print is read as it is meant, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.codec.junit import DEPTH_LIMIT, SIZE_LIMIT, InvalidReport, parse_junit
from remit.model import events
from remit.model.contract import Check, Shows
from remit.model.digest import digest_of
from remit.model.events import CheckPhase, CheckRan, CheckState
from remit.policy.results import evaluate
from remit.policy.results.conclude import Conclusion, Observed, conclude
from remit.policy.results.runners import Runner, runner_of

PYTEST = """\
collected 7 items

tests/test_a.py .Fs.E                                                    [100%]
=========================== short test summary info ============================
FAILED tests/test_a.py::test_bad - assert 0
ERROR tests/test_a.py::test_td[a - b]
===== 1 failed, 3 passed, 1 skipped, 1 xfailed, 1 error in 61.36s (0:01:01) =====
"""
UNITTEST = """\
FAIL: test_b (u.T.test_b)
----------------------------------------------------------------------
Ran 5 tests in 0.001s

FAILED (failures=2, skipped=1, expected failures=1)
"""
NODE = """\
not ok 2 - bad one
    not ok 1 - inner bad
ok 3 - sk # SKIP
1..4
# tests 5
# suites 0
# pass 1
# fail 3
# cancelled 0
# skipped 1
# todo 0
# duration_ms 227.7
"""
JEST = """\
  ● sums › adds one

    expect(received).toBe(expected)

Test Suites: 1 failed, 1 total
Tests:       1 failed, 1 skipped, 2 passed, 4 total
Snapshots:   0 total
"""
VITEST = """\
 FAIL  src/a.test.ts > sums > adds one
 Test Files  1 failed | 1 passed (2)
      Tests  1 failed | 2 passed | 1 skipped (4)
   Start at  10:00:00
"""
MOCHA = """\
  2 passing (5ms)
  1 pending
  1 failing

  1) sums
       adds one:
"""
GO = """\
=== RUN   TestOne
--- PASS: TestOne (0.00s)
=== RUN   TestTwo
--- FAIL: TestTwo (0.00s)
FAIL
FAIL\texample.org/thing\t0.003s
ok  \texample.org/other\t0.002s
"""
CARGO = """\
test sums::adds_one ... FAILED
test sums::adds_two ... ok
test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0s
test result: ok. 3 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0s
"""


def _concluded(runner: Runner, exit_code: int | None, output: str) -> Conclusion:
    return conclude(Observed(runner, exit_code, None, False, output))


@pytest.mark.parametrize(
    ("runner", "output", "counts", "failing"),
    [
        (
            Runner.PYTEST,
            PYTEST,
            (3, 2, 2),
            ("tests/test_a.py::test_bad", "tests/test_a.py::test_td[a"),
        ),
        (Runner.UNITTEST, UNITTEST, (1, 2, 2), ("test_b (u.T.test_b)",)),
        (Runner.NODE, NODE, (1, 3, 1), ("bad one", "inner bad")),
        (Runner.JEST, JEST, (2, 1, 1), ("sums › adds one",)),
        (Runner.VITEST, VITEST, (2, 1, 1), ("src/a.test.ts > sums > adds one",)),
        (Runner.MOCHA, MOCHA, (2, 1, 1), ("sums",)),
        (Runner.GO, GO, (1, 1, 0), ("TestTwo",)),
        (Runner.CARGO, CARGO, (4, 1, 2), ("sums::adds_one",)),
    ],
)
def test_every_runner_is_read_by_name_and_behind_a_wrapper(
    runner: Runner, output: str, counts: tuple[int, int, int], failing: tuple[str, ...]
) -> None:
    for told in (runner, Runner.GENERIC):
        found = _concluded(told, 1, output)
        assert found.state is CheckState.FAILED
        assert found.counts == events.TestCounts(*counts)
        assert found.failing == failing


@pytest.mark.parametrize(
    ("runner", "output"),
    [
        (Runner.PYTEST, "no tests ran in 0.01s"),
        (Runner.PYTEST, "==== 2 deselected in 0.01s ===="),
        (Runner.UNITTEST, "Ran 0 tests in 0.000s\n\nOK\n"),
        (Runner.UNITTEST, "Ran 0 tests in 0.000s\n\nNO TESTS RAN\n"),
        (Runner.VITEST, "      Tests  no tests\n"),
        (Runner.MOCHA, "  0 passing (1ms)\n"),
        (Runner.GO, "?   \texample.org/thing\t[no test files]\n"),
        (Runner.GO, "ok  \texample.org/thing\t0.002s [no tests to run]\n"),
        (Runner.CARGO, "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured\n"),
        (Runner.PYTEST, "==== 3 skipped in 0.01s ===="),
    ],
)
def test_zero_tests_never_pass(runner: Runner, output: str) -> None:
    found = _concluded(runner, 0, output)
    assert found.state is CheckState.FAILED
    assert found.notes[0].startswith(("no tests ran", "no test passed"))


def test_go_without_v_says_not_how_many_passed() -> None:
    found = _concluded(Runner.GO, 0, "ok  \texample.org/thing\t0.002s\n")
    assert (found.state, found.counts) == (CheckState.PASSED, None)


def test_colours_do_not_hide_a_summary() -> None:
    red = "\x1b[31m===== \x1b[1m1 failed\x1b[0m, 2 passed in 0.1s =====\x1b[0m\n"
    assert _concluded(Runner.PYTEST, 1, red).counts == events.TestCounts(2, 1, 0)


def test_a_wrapper_may_run_its_runner_twice() -> None:
    output = "=== 2 passed in 0.1s ===\n=== 3 passed in 0.1s ===\n"
    assert _concluded(Runner.GENERIC, 0, output).counts == events.TestCounts(5, 0, 0)
    assert _concluded(Runner.PYTEST, 0, output).state is CheckState.CONTRADICTED


def test_an_exit_status_without_failing_tests_stays_a_failure() -> None:
    found = _concluded(Runner.PYTEST, 1, "=== 2 passed in 0.1s ===\n")
    assert found.state is CheckState.FAILED
    assert "exit 1, though no test is counted as failing" in found.notes


def test_a_summary_against_what_was_collected() -> None:
    output = "collected 5 items\n\n=== 2 passed in 0.1s ===\n"
    found = _concluded(Runner.PYTEST, 0, output)
    assert found.state is CheckState.CONTRADICTED
    assert "it collected 5 tests, its summary counts 2" in found.notes[0]


def test_a_failing_import_in_a_test_is_a_failure_and_not_something_missing() -> None:
    output = (
        "E   ModuleNotFoundError: No module named 'thing'\n"
        "=== 1 error in 0.1s ===\nsh: 1: foo: not found\n"
    )
    assert _concluded(Runner.PYTEST, 2, output).state is CheckState.FAILED


@pytest.mark.parametrize(
    ("exit_code", "output", "missing"),
    [
        (127, "/bin/sh: 1: jest: not found", "jest"),
        (127, "sh: line 1: jest: command not found", "jest"),
        (127, "env: 'node': No such file or directory", "node"),
        (127, "", "a command (exit 127)"),
        (126, "/bin/sh: 1: ./x: Permission denied", "permission to execute it (exit 126)"),
        (1, "/usr/bin/python3: No module named pytest", "pytest"),
        (1, 'npm error Missing script: "test"', "test"),
        (1, 'npm ERR! Missing script: "test"', "test"),
        (2, "make: jest: No such file or directory\nmake: *** [Makefile:2: t] Error 127", "jest"),
        (101, "error: no such command: `nextest`", "nextest"),
    ],
)
def test_what_was_missing_is_named(exit_code: int, output: str, missing: str) -> None:
    found = _concluded(Runner.GENERIC, exit_code, output)
    assert (found.state, found.notes) == (CheckState.CANNOT_RUN, (f"missing: {missing}",))


def test_missing_things_do_not_excuse_a_good_exit() -> None:
    assert _concluded(Runner.GENERIC, 0, "sh: 1: x: not found").state is CheckState.PASSED


@pytest.mark.parametrize("runner", [Runner.RUFF, Runner.MAVEN, Runner.RSPEC])
def test_a_runner_whose_summary_is_not_read_is_judged_as_any_command(runner: Runner) -> None:
    for exit_code, output in ((0, ""), (0, "All checks passed!"), (1, ""), (0, PYTEST)):
        judged = _concluded(runner, exit_code, output)
        assert judged == _concluded(Runner.GENERIC, exit_code, output)


@pytest.mark.parametrize(
    ("command", "runner"),
    [
        ("pytest", Runner.PYTEST),
        ("pytest -k 'a and (b or c)' tests", Runner.PYTEST),
        (".venv/bin/pytest -q", Runner.PYTEST),
        ("python3.12 -W error -m pytest".replace("-W error", "-Werror"), Runner.PYTEST),
        ("FOO=1 uv run pytest", Runner.PYTEST),
        ("python -m unittest discover", Runner.UNITTEST),
        ("node --test", Runner.NODE),
        ("npx vitest run", Runner.VITEST),
        ("go test ./...", Runner.GO),
        ("cargo test --all", Runner.CARGO),
        ("bundle exec rspec", Runner.RSPEC),
        ("./mvnw -q test", Runner.MAVEN),
        ("vendor/bin/phpunit tests", Runner.PHPUNIT),
        ("npx tsc --noEmit", Runner.TSC),
        ("python -m mypy src", Runner.MYPY),
        ("ruff check .", Runner.RUFF),
        ("ruff check . && mypy", Runner.GENERIC),
        ("npm test", Runner.GENERIC),
        ("pytest || true", Runner.GENERIC),
        ("pytest; echo", Runner.GENERIC),
        ("pytest > log", Runner.GENERIC),
        ("pytest $ARGS", Runner.GENERIC),
        ("pytest # all", Runner.GENERIC),
        ("pytest -- tests", Runner.GENERIC),
        ("pytest 'open", Runner.GENERIC),
        ("pytest\ntrue", Runner.GENERIC),
        ("echo pytest", Runner.GENERIC),
        ("", Runner.GENERIC),
    ],
)
def test_only_a_plain_command_is_its_runner(command: str, runner: Runner) -> None:
    assert runner_of(command) is runner


@given(st.text(max_size=200))
def test_no_command_and_no_output_is_too_strange(text: str) -> None:
    assert runner_of(text) in Runner
    for runner in Runner:
        assert _concluded(runner, 1, text).state is not CheckState.PASSED


@pytest.mark.parametrize(
    "piece", [" ", "1 passed, ", "Tests: ", "(", "\n", "a > ", "sh: ", "=", "ok \t"]
)
def test_output_made_to_be_slow_to_read_is_read(piece: str) -> None:
    output = piece * (256 * 1024 // len(piece))
    for runner in Runner:
        assert _concluded(runner, 1, output).state is CheckState.FAILED


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not XML"),
        (b"<a/>", "not JUnit"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><testsuites/>', "document type"),
        ("<!DOCTYPE a><testsuites/>".encode("utf-16"), "document type"),
        (b"<testsuites>" * (DEPTH_LIMIT + 1), "nested"),
        (b" " * (SIZE_LIMIT + 1), "bytes"),
    ],
)
def test_result_files_that_are_refused(data: bytes, why: str) -> None:
    with pytest.raises(InvalidReport, match=why):
        parse_junit(data)


def test_result_files_at_the_limit_are_read() -> None:
    inner = b"<testsuite>" * (DEPTH_LIMIT - 2) + b'<testcase name="a"/>'
    data = b"<testsuites>" + inner + b"</testsuite>" * (DEPTH_LIMIT - 2) + b"</testsuites>"
    assert parse_junit(data).passed == ("a",)


def _ran(
    state: CheckState,
    counts: tuple[int, int, int] | None = None,
    failing: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> CheckRan:
    return CheckRan(
        name="tests",
        command="pytest",
        phase=CheckPhase.AFTER,
        commit="c",
        state=state,
        exit_code=0,
        duration_ms=1,
        output_digest=digest_of(b""),
        output_tail="",
        counts=events.TestCounts(*counts) if counts else None,
        failing=failing,
        runner_from="c",
        runner_changed=(),
        notes=notes,
    )


RED = _ran(CheckState.FAILED, (1, 1, 0), ("t::a",))
GREEN = _ran(CheckState.PASSED, (2, 0, 0))
BOTH = (Shows.RED_THEN_GREEN, Shows.GREEN)


@pytest.mark.parametrize(
    ("shows", "before", "after", "satisfied", "why"),
    [
        (BOTH, RED, GREEN, True, "t::a"),
        (BOTH, RED, None, False, "not run after"),
        (BOTH, RED, RED, False, "fails after the run: t::a"),
        (BOTH, RED, _ran(CheckState.CONTRADICTED), False, "contradicts itself"),
        (BOTH, RED, _ran(CheckState.TIMED_OUT), False, "within its time"),
        (BOTH, RED, _ran(CheckState.CANNOT_RUN), False, "could not be run"),
        (BOTH, RED, _ran(CheckState.PASSED, (0, 0, 2)), False, "no test passed"),
        (BOTH, RED, _ran(CheckState.PASSED, (1, 0, 0)), False, "fewer tests"),
        (BOTH[:1], GREEN, GREEN, False, "passed at the start commit as well"),
        (BOTH[1:], GREEN, GREEN, True, "green before and after"),
        (BOTH[:1], None, GREEN, False, "not run at the start commit"),
        (BOTH[1:], None, GREEN, True, "could not be run before"),
        (BOTH[:1], _ran(CheckState.CANNOT_RUN), GREEN, False, "nothing was red"),
        (BOTH[1:], _ran(CheckState.CANNOT_RUN), GREEN, True, "could not be run before"),
        (BOTH[:1], _ran(CheckState.TIMED_OUT), GREEN, False, "within its time"),
        (BOTH[:1], _ran(CheckState.FAILED, (2, 0, 0)), GREEN, False, "no test failed"),
        (BOTH[:1], _ran(CheckState.FAILED), _ran(CheckState.PASSED), True, "red at the start"),
        (
            BOTH[:1],
            RED,
            _ran(CheckState.PASSED, (2, 0, 0), notes=("vanished: t::a",)),
            False,
            "no longer exist: t::a",
        ),
    ],
)
def test_what_a_check_shows(
    shows: tuple[Shows, ...],
    before: CheckRan | None,
    after: CheckRan | None,
    satisfied: bool,
    why: str,
) -> None:
    for one in shows:
        found = evaluate(Check("tests", "pytest", one), before, after)
        assert (found[0], why in found[1]) == (satisfied, True), found
