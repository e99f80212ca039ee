"""Whatever a runner prints: readers answer, in bounds, and comparing has no surprises."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.model.failure import Extent, Failure, Failures
from remit.policy.failures import Verdict, compare, failures_in
from remit.policy.failures.mask import MOST as MESSAGE
from remit.policy.failures.mask import masked, masked_finding
from remit.policy.failures.reading import CHECK_LIMIT, ERROR_LIMIT, PLACE_LIMIT
from remit.policy.failures.reading import MOST as KEPT
from remit.policy.failures.text import HEAD, LINE_LIMIT, LINES_HEAD, LINES_TAIL, TAIL, readable
from remit.policy.results.runners import Runner

CASES = Path(__file__).parents[1] / "cases" / "failures"
LINES = sorted(
    {
        line
        for path in CASES.glob("*/red.txt")
        for line in path.read_text(encoding="utf-8").splitlines()
    }
)
line = st.sampled_from(LINES) | st.text(max_size=60)
outputs = st.lists(line, max_size=40).map("\n".join)
texts = st.sampled_from(["a", "b", "a.py::b", "a.py", "a.py > c"])
failure = st.builds(Failure, texts, texts, texts, st.integers(0, 3), texts, st.integers(1, 2))
runs = st.builds(
    Failures, st.lists(failure, max_size=4).map(tuple), st.sampled_from(Extent), st.just("")
)
VOLATILE = [
    "2026-11-24T04:08:36Z", "0x7f10696c46d0", "/tmp/cart-12/x", "in 0.12s", "pid 1234", "~",
    "localhost:8123", "1795493312.16", "a@1f2e3d4c", "cart.py:12:3", "line 12", "12", "abc",
    "550e8400-e29b-41d4-a716-446655440000", "seed: 42", "d3b07384d113edec49eaa6238ad5ff00",
]  # fmt: skip


@given(outputs, st.sampled_from(Runner), st.sampled_from([0, 1, 124, None]))
def test_no_output_makes_a_reader_raise_or_go_out_of_bounds(
    output: str, runner: Runner, exit_code: int | None
) -> None:
    failures = failures_in(runner, output, exit_code, root="/home/dev/project")
    assert bool(failures.found) == (exit_code != 0)
    assert len(failures.found) <= KEPT
    for one in failures.found:
        assert len(one.check) <= CHECK_LIMIT and len(one.error) <= ERROR_LIMIT
        assert len(one.place) <= PLACE_LIMIT and len(one.message) <= MESSAGE
        assert "\n" not in f"{one.check}{one.error}{one.place}{one.message}"


@given(outputs)
def test_a_run_is_the_same_as_itself(output: str) -> None:
    failures = failures_in(Runner.GENERIC, output, 1)
    assert compare(failures, failures).verdict is Verdict.SAME


@given(runs, runs, st.randoms(use_true_random=False))
def test_the_order_of_failures_plays_no_part(
    before: Failures, after: Failures, chance: random.Random
) -> None:
    def turned(run: Failures) -> Failures:
        return replace(run, found=tuple(chance.sample(run.found, len(run.found))))

    assert compare(turned(before), turned(after)) == compare(before, after)
    assert compare(before, turned(before)).verdict is Verdict.SAME


@given(runs, runs)
def test_nothing_uncertain_is_ever_called_progress(before: Failures, after: Failures) -> None:
    verdict = compare(before, replace(after, extent=Extent.PART)).verdict
    assert verdict in (Verdict.SAME, Verdict.UNKNOWN)


@given(runs, runs)
def test_fewer_one_way_is_never_fewer_the_other_way(before: Failures, after: Failures) -> None:
    if compare(before, after).verdict is Verdict.SUBSET:
        assert compare(after, before).verdict is not Verdict.SUBSET


@settings(max_examples=300)
@given(st.lists(st.sampled_from(VOLATILE) | st.text(max_size=5), max_size=12))
def test_masking_again_changes_nothing(parts: list[str]) -> None:
    for text in ("".join(parts), " ".join(parts)):
        assert masked(masked(text)) == masked(text)
        assert masked_finding(masked_finding(text)) == masked_finding(text)


@pytest.mark.parametrize(
    "unit",
    ["\n", " ", "=", "\x1b[", "\r", "E x\n", "    at a (b:1:2)\n", "/tmp/a", "0123456789abcdef"],
)
def test_what_is_looked_at_does_not_grow_with_the_output(unit: str) -> None:
    seen = readable(unit * 1_000_000)
    assert len(seen.lines) <= LINES_HEAD + LINES_TAIL
    assert all(len(line) <= LINE_LIMIT for line in seen.lines)
    assert len(seen.text) <= HEAD + TAIL + 1
    assert seen.cut


@pytest.mark.parametrize("head", [
    "--- FAIL: T/a (0.0s)", "  3 failing\n  1) a", "TAP version 13\nnot ok 1 - a", "E x",
    "Failures:\n6 examples, 5 failures\n  1) a", "  ● a", "FAILED a - b - [ - ", "  File \"",
    "thread '", "==== a ====", "____ a ____", "a:1:1: error: x", "F401 x\n --> a:1:1",
])  # fmt: skip
def test_a_flood_of_what_looks_like_failures_is_bounded_and_no_certain_whole(head: str) -> None:
    """A reader that went back over the flood for every line of it would never end here."""
    flood = "\n".join(head.replace("a", f"a{n}") for n in range(30_000))
    failures = failures_in(Runner.GENERIC, flood, 1)
    assert len(failures.found) <= KEPT
    assert not failures.certain
