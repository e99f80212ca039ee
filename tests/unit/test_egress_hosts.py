"""Which host a run may reach, from the case file, and which address never."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from remit.model.decision import Outcome
from remit.policy.covers import host_covers
from remit.policy.hosts import Destination, destination, loopback_ports, named, unreachable
from remit.policy.rules.network import crossing

CASES = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "hosts" / "crossings.toml").read_text()
)["case"]
_KEYS = ("name", "hosts", "providers")


def _answers() -> Iterator[object]:
    for case in CASES:
        for answer, targets in case.items():
            if answer not in _KEYS:
                for target in targets:
                    yield pytest.param(case, target, answer, id=f"{case['name']}: {target!r}")


@pytest.mark.parametrize(("case", "target", "answer"), list(_answers()))
def test_a_connection_is_answered_as_the_case_says(
    case: dict[str, list[str]], target: str, answer: str
) -> None:
    place = destination(target)
    if place is None:
        assert answer == ""
        return
    reason = crossing(place, tuple(case["hosts"]), tuple(case.get("providers", ())))
    got = "allowed" if reason.outcome is Outcome.ALLOW else reason.rule
    assert got == answer


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "64:ff9b::5db8:d822"])
def test_twin_public_addresses_are_reached(address: str) -> None:
    assert unreachable(address) == ""


@pytest.mark.parametrize("address", ["", "x", "127.1", "::ffff:10.0.0.1", "2002:a00:1::", "1::%e"])
def test_what_is_no_public_address_is_not(address: str) -> None:
    assert unreachable(address)


def test_a_denial_names_the_place_to_grant() -> None:
    reason = crossing(Destination("db.example.org", 5432), ("example.org",), ())
    assert reason.subject == "db.example.org:5432"
    assert reason.ask == 'add "db.example.org:5432" to hosts in the contract'


def test_a_command_that_names_no_port_may_mean_any_that_is_named() -> None:
    assert named("git.example.org", ("git.example.org:8443",))
    assert not named("git.example.org", ("git.example.org:8443",), 443)


@pytest.mark.parametrize(
    ("wide", "narrow", "held"),
    [
        ("example.org", "example.org", True),
        ("example.org", "example.org:443", True),
        ("example.org", "example.org:8443", False),
        ("example.org:8443", "example.org:8443", True),
        ("example.org:8443", "example.org", False),
        ("*.example.org", "a.example.org", True),
        ("*.example.org", "*.a.example.org:80", True),
        ("*.example.org", "example.org", False),
        ("*.example.org", "a.example.org:22", False),
        ("localhost:5432", "localhost:5432", True),
        ("[::1]:5432", "[::1]:5433", False),
    ],
)
def test_a_policy_covers_what_its_hosts_reach(wide: str, narrow: str, held: bool) -> None:
    assert host_covers(wide, narrow) is held


def test_the_ports_of_this_machine_that_a_contract_names() -> None:
    assert loopback_ports(("localhost:5432", "example.org:1", "127.0.0.1:6379")) == (5432, 6379)
