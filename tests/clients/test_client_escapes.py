"""Every known way out, tried by the real client's own test suite in one run, and every twin.

What came of it is looked at from outside: files, sockets, ports, processes. The cases are those of
the bench, which gives each a run of its own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from confined.control import cases
from confined.driving import UNCHECKED, Done, Driver, attack_steps, late_socket, remove
from confined.world import World, arm_with_all, around, look, seen, told

CASES = [case for case in cases() if case.get("only") != "unprivileged"]
LAST = ("symlink-swapped",)
"""What their processes go on with is there when the client writes."""


@dataclass
class Tried:
    """A run that tried many cases: how each went as it was told, and what is seen outside."""

    done: Done
    told: Mapping[str, str]
    outside: list[str]


@pytest.fixture(params=["namespaces", "landlock"])
def driver(request: pytest.FixtureRequest, claude: Path) -> Driver:
    return Driver(str(claude), "landlock" if request.param == "landlock" else "")


@pytest.fixture
def world() -> Iterator[World]:
    """Not in /tmp, of which a run has its own."""
    folder = Path(tempfile.mkdtemp(prefix="remit-", dir="/var/tmp"))
    made = World(folder)
    made.make()
    made.other_run()
    yield made
    remove(folder)


def chosen(driver: Driver, part: str) -> dict[str, str]:
    """Code by case, as far as the means of ``driver`` is to hold it."""
    means = driver.means or "namespaces"
    field = "means" if part == "do" else "twin_means"
    found = [case for case in CASES if case.get(field, means) == means]
    found.sort(key=lambda case: case["id"] in LAST)
    return {str(case["id"]): str(case[part]) for case in found}


def tried(driver: Driver, world: World, part: str) -> Tried:
    codes = chosen(driver, part)
    then = [
        step for case in CASES for step in case.get("then" if part == "do" else "twin_then", [])
    ]
    with around(world) as names, ExitStack() as stack:
        steps = attack_steps(world, arm_with_all(world, codes, names, LAST), then)
        before = look(world)
        if part == "do":
            stack.enter_context(late_socket(world))
        done = driver.run(world, UNCHECKED, steps)
    return Tried(done, {name: told(world, name) for name in codes}, seen(world, before))


def test_no_way_out_leads_out_of_a_run(driver: Driver, world: World) -> None:
    found = tried(driver, world, "do")
    assert found.outside == []
    assert [name for name, how in found.told.items() if not how] == []
    record = found.done.record()
    assert record is not None, "the ledger is whole"
    assert [told.rule for _, told in record.pressure], "what was refused is on record"


def test_twin_what_differs_in_one_thing_works_undisturbed(driver: Driver, world: World) -> None:
    found = tried(driver, world, "twin")
    assert {name: how for name, how in found.told.items() if how != "done"} == {}
    assert found.done.unwanted() == ""
