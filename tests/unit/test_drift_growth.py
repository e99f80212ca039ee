"""What counts as growth, and which recorded decision covers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from remit.codec.contract import freeze
from remit.errors import RemitError
from remit.model import events as e
from remit.model.contract import Budget, Commands, Contract, RiskClass, Scope, Stop
from remit.model.digest import digest_of
from remit.model.drift import Drift, Permission
from remit.model.grant import (
    Established,
    Expiry,
    ExpiryKind,
    Grant,
    Granter,
    GrantRequest,
    Item,
    ItemKind,
)
from remit.model.grant_events import GrantMade, RequestOpened
from remit.model.ids import RunId
from remit.model.policy import PolicyLayer
from remit.model.policy_events import PolicyList, PolicyNoted
from remit.services.drift import Question, drift
from remit.services.stats import Chosen, stats
from remit.storage.ledger import Holder
from remit.storage.memory import MemoryLedger
from remit.testing import builders

UNSEEN = "Ada (--yes; own words: not committed)"
NARROW = builders.contract(scope=Scope(edit=("src/parser/**",)))
WIDE = builders.contract(scope=Scope(edit=("src/**",)))
ONCE = Expiry(ExpiryKind.END_OF_TASK, 0, 1)
ADA = Granter("Ada", Established.TERMINAL, "a key")


def run(ledger: MemoryLedger, contract: Contract, accepted: str = UNSEEN, *more: e.Event) -> str:
    number = len(ledger.runs()) + 1
    name = RunId(f"261122-aaaaaaa{number}")
    frozen = e.ContractFrozen(contract, freeze(contract)[1], RiskClass.LOW, accepted)
    opened = e.RunOpened("/repo", "example.org/parser", "main", f"{number:040x}", (), "0")
    lease = ledger.acquire(name, Holder(1, 1, "boot"), number)
    ledger.append(lease, [frozen, opened, *more], number)
    ledger.release(lease)
    return name


def found(
    ledger: MemoryLedger,
    settings: Callable[[str], tuple[Permission, ...]] = lambda commit: (),
    accepted: dict[str, str] | None = None,
) -> Drift:
    return drift(ledger, Question("example.org/parser", "/repo", settings, accepted or {}, 99))


def grown(ledger: MemoryLedger) -> list[tuple[str, str]]:
    return [(x.permission.line, x.permission.item) for x in found(ledger).widenings]


def test_the_first_run_is_what_the_others_are_measured_from() -> None:
    ledger = MemoryLedger()
    first = run(ledger, WIDE)
    assert found(ledger) == Drift("example.org/parser", 1, first, ())


def test_what_is_wider_without_a_person_has_no_decision() -> None:
    ledger = MemoryLedger()
    run(ledger, NARROW)
    second = run(ledger, WIDE)
    (one,) = found(ledger).uncovered
    assert (one.permission, one.run) == (Permission("scope.edit", "src/**"), second)


def test_a_narrower_run_and_the_same_again_are_no_growth() -> None:
    ledger = MemoryLedger()
    for contract in (WIDE, NARROW, WIDE, NARROW):
        run(ledger, contract)
    assert grown(ledger) == []


@pytest.mark.parametrize(
    ("wider", "line", "item"),
    [
        (replace(NARROW, commands=Commands(free=("make deploy",))), "commands.free", "make deploy"),
        (replace(NARROW, hosts=("*.example.org",)), "network.hosts", "*.example.org"),
        (replace(NARROW, environment=("TOKEN",)), "environment", "TOKEN"),
        (replace(NARROW, stop=Stop(allow_zones=("billing",))), "stop.allow_zones", "billing"),
        (replace(NARROW, budget=Budget(time_s=7200)), "budget.time", "2h"),
        (replace(NARROW, budget=Budget(attempts=None)), "budget.attempts", "no limit"),
    ],
)
def test_each_line_of_a_contract_can_grow(wider: Contract, line: str, item: str) -> None:
    ledger = MemoryLedger()
    run(ledger, NARROW)
    run(ledger, wider)
    assert grown(ledger) == [(line, item)]


def test_what_every_run_was_forbidden_and_one_is_not_is_growth_once() -> None:
    ledger = MemoryLedger()
    bound = replace(NARROW, commands=Commands(never=("git push",)), stop=Stop(zones=("billing",)))
    for contract in (bound, bound, NARROW, NARROW):
        run(ledger, contract)
    assert grown(ledger) == [
        ("no more commands.never", "git push"),
        ("no more stop.zones", "billing"),
    ]


@pytest.mark.parametrize(
    ("accepted", "decision"),
    [
        ("Ada (key at the terminal; own words: not committed)", "Ada, by a key at the terminal"),
        ("Ada (--yes; accepted on this machine)", "the committed contract was accepted"),
        ("Ada (--yes; accepted by origin/main)", "that of origin/main"),
        ("Ada (--yes; drafted from the goal)", ""),
        ("Ada (--yes; own words: a file outside the repository)", ""),
        ("Eve (key at the terminal; x) (--yes; drafted from the goal)", ""),
    ],
)
def test_who_agreed_at_the_start_covers_what_the_contract_permits(
    accepted: str, decision: str
) -> None:
    ledger = MemoryLedger()
    run(ledger, NARROW)
    run(ledger, WIDE, accepted)
    (one,) = found(ledger).widenings
    assert decision in one.decision
    assert one.is_covered == bool(decision)


@pytest.mark.parametrize(
    ("items", "layer", "how", "is_covered"),
    [
        (("src/**",), PolicyLayer.REPOSITORY, "terminal", True),
        (("src/**",), PolicyLayer.REPOSITORY, "--yes", False),
        (("src/**",), PolicyLayer.REPOSITORY, "base: main", True),
        (("src/**",), PolicyLayer.ORGANISATION, "", True),
        (("src/parser/**",), PolicyLayer.REPOSITORY, "terminal", False),
    ],
)
def test_a_policy_that_a_person_accepted_covers_what_it_permits(
    items: tuple[str, ...], layer: PolicyLayer, how: str, is_covered: bool
) -> None:
    ledger = MemoryLedger()
    run(ledger, NARROW)
    noted = PolicyNoted((PolicyList("scope.edit", items, layer),), "Ada", how, 5)
    run(ledger, WIDE, "Ada (--yes; drafted from the goal)", noted)
    (one,) = found(ledger).widenings
    assert one.is_covered is is_covered


def granted(times: int, kind: ItemKind = ItemKind.HOST, subject: str = "x.org") -> list[e.Event]:
    item = Item(kind, subject, digest_of(subject.encode()))
    events: list[e.Event] = []
    for n in range(times):
        asked = GrantRequest(f"r-{n}", "run", item, "network.host", "c", "agent", "why", 1)
        made = Grant(f"g-{n}", asked.id, "run", item, "needed", ADA, ONCE, "", 2)
        events += [RequestOpened(asked), GrantMade(made)]
    return events


@pytest.mark.parametrize("runs", [(1, 1, 1), (3,)])
def test_a_grant_given_again_and_again_is_a_standing_permission(runs: tuple[int, ...]) -> None:
    ledger = MemoryLedger()
    for times in runs:
        run(ledger, NARROW, UNSEEN, *granted(times))
    (one,) = found(ledger).uncovered
    assert one.permission == Permission("grant.host", "x.org")
    assert "granted 3 times" in one.note


def test_twin_a_grant_given_twice_is_two_decisions() -> None:
    ledger = MemoryLedger()
    run(ledger, NARROW, UNSEEN, *granted(2))
    (one,) = found(ledger).widenings
    assert one.decision == "Ada (terminal): needed"


def test_a_contract_that_says_what_was_granted_makes_it_a_decision() -> None:
    ledger = MemoryLedger()
    run(ledger, NARROW, UNSEEN, *granted(3))
    run(ledger, replace(NARROW, hosts=("x.org",)), "Ada (key at the terminal; own words)")
    assert found(ledger).uncovered == ()


def test_what_the_clients_own_settings_permit_beyond_the_first_run() -> None:
    ledger = MemoryLedger()
    run(ledger, NARROW)
    second = run(ledger, NARROW)
    push = Permission(".claude/settings.json allow", "Bash(git push *)")
    curl = Permission(".claude/settings.local.json allow", "Bash(curl *)")
    at = {f"{1:040x}": (), f"{2:040x}": (push,), "": (push, curl)}
    report = found(ledger, lambda commit: at[commit])
    assert [(x.permission, x.run) for x in report.uncovered] == [(push, second), (curl, "")]
    report = found(
        ledger, lambda commit: at[commit], {push.key: "Ada, afterwards", curl.key: "Ada"}
    )
    assert report.uncovered == ()


def test_settings_that_cannot_be_read_are_not_known() -> None:
    ledger = MemoryLedger()
    run(ledger, NARROW)

    def gone(commit: str) -> tuple[Permission, ...]:
        raise RemitError("it is gone")

    assert "it is gone" in found(ledger, gone).unknown[0]


def test_another_repository_is_another_matter_and_another_name_is_not() -> None:
    ledger = MemoryLedger()
    run(ledger, NARROW)
    run(ledger, WIDE)
    asked = Question("example.org/renamed", "/repo", lambda commit: (), {}, 99)
    assert len(drift(ledger, asked).uncovered) == 1
    asked = replace(asked, root="/elsewhere")
    assert drift(ledger, asked).runs == 0


def test_two_repositories_called_by_the_same_folder_are_told_apart() -> None:
    """Without a remote each is called ``repo``; what one permits says nothing of the other."""
    ledger = MemoryLedger()
    for number, (root, contract) in enumerate([("/a/repo", WIDE), ("/b/repo", NARROW)], 1):
        frozen = e.ContractFrozen(contract, freeze(contract)[1], RiskClass.LOW, UNSEEN)
        opened = e.RunOpened(root, "repo", "main", "0" * 40, (), "0")
        lease = ledger.acquire(RunId(f"261122-aaaaaaa{number}"), Holder(1, 1, "boot"), number)
        ledger.append(lease, [frozen, opened], number)
        ledger.release(lease)
    assert drift(ledger, Question("repo", "/b/repo", lambda commit: (), {}, 99)).runs == 1
    assert stats(ledger, Chosen(0, "repo", "/b/repo")).runs == 1
    assert stats(ledger, Chosen()).runs == 2
