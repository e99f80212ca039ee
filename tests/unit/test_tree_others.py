"""Changes that cannot be the agent's are told apart, and only those."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from remit.model.tree import Standing
from remit.services.activity import MARGIN_NS, Activity
from remit.testing.trees import TreeBed

STEP = 10 * MARGIN_NS


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[TreeBed]:
    with TreeBed(tmp_path) as bed:
        bed.start()
        bed.comparison.descendants_alive = lambda: False
        yield bed


def wait() -> None:
    """Let more time pass than a time stamp is unsure by."""
    time.sleep(3 * MARGIN_NS / 1e9)


def standing(bed: TreeBed, path: str) -> Standing:
    return bed.seen()[path][1]


def test_a_change_between_calls_is_by_others(bed: TreeBed) -> None:
    bed.comparison.ended()
    assert bed.seen() == {}
    wait()
    bed.write("README.md", "A person wrote this.\n")
    wait()
    bed.comparison.began()
    bed.comparison.ended()
    assert standing(bed, "README.md") is Standing.OTHERS


def test_a_deletion_between_calls_is_by_others(bed: TreeBed) -> None:
    bed.comparison.ended()
    bed.seen()
    wait()
    (bed.root / "README.md").unlink()
    wait()
    assert standing(bed, "README.md") is Standing.OTHERS


def test_a_change_while_a_call_runs_is_the_agents(bed: TreeBed) -> None:
    wait()
    bed.write("README.md", "x\n")
    wait()
    bed.comparison.ended()
    assert standing(bed, "README.md") is Standing.OUT_OF_SCOPE


def test_a_living_descendant_makes_every_change_the_agents(bed: TreeBed) -> None:
    bed.comparison.descendants_alive = lambda: True
    bed.comparison.ended()
    bed.seen()
    wait()
    bed.write("README.md", "x\n")
    wait()
    assert standing(bed, "README.md") is Standing.OUT_OF_SCOPE


def test_a_gap_without_a_comparison_in_it_excuses_nothing(bed: TreeBed) -> None:
    """The agent's own write may lie under what others wrote over it."""
    bed.write("README.md", "the agent\n")
    bed.comparison.ended()
    wait()
    bed.write("README.md", "others, over it\n")
    wait()
    assert standing(bed, "README.md") is Standing.OUT_OF_SCOPE


def test_the_edges_of_a_gap_are_the_agents() -> None:
    activity = Activity.since(0)
    assert not activity.excludes(MARGIN_NS - 1, STEP)
    assert activity.excludes(MARGIN_NS, STEP)
    activity.began(STEP)
    assert activity.excludes(STEP - MARGIN_NS, 2 * STEP)
    assert not activity.excludes(STEP - MARGIN_NS + 1, 2 * STEP)
    assert not activity.excludes(STEP + 1, 2 * STEP)


def test_a_time_stamp_in_the_future_is_the_agents() -> None:
    activity = Activity.since(0)
    assert not activity.excludes(3 * STEP, STEP)


def test_a_change_before_the_last_comparison_is_the_agents() -> None:
    activity = Activity.since(0)
    activity.began(STEP)
    activity.ended(2 * STEP, False)
    activity.compared(4 * STEP)
    assert not activity.excludes(3 * STEP, 9 * STEP)
    assert activity.excludes(5 * STEP, 9 * STEP)
