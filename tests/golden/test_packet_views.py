"""Every view of whole, broken-off and hostile packets, as people see it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
import pytest

from remit.adapters.render import html, markdown, terminal
from remit.codec.contract import freeze
from remit.codec.packet import packet_json, read_packet
from remit.model import events as e
from remit.model.attempt import WHOLE, Gate
from remit.model.attempt_events import (
    AttemptConfirmed,
    AttemptEnded,
    AttemptNoted,
    CheckObserved,
    Seen,
)
from remit.model.contract import RiskClass, Scope
from remit.model.decision import Outcome
from remit.model.digest import digest_of
from remit.model.failure import Failure
from remit.model.friction_events import ClientPrompted, DecisionMarked
from remit.model.grant import (
    Established,
    Expiry,
    ExpiryKind,
    Grant,
    Granter,
    GrantRequest,
    Item,
    ItemKind,
    Refusal,
)
from remit.model.grant_events import GrantMade, GrantRefused, RequestOpened
from remit.model.packet import LedgerProof, Packet
from remit.model.run import apply, replay
from remit.model.tree import Change, PathChange, Standing
from remit.policy.attempts.judge import Limits, judge
from remit.policy.gate import ChangedFile, GitFacts
from remit.services.packets import build
from remit.testing import builders

ONCE = Expiry(ExpiryKind.END_OF_TASK, 0, 1)
PACKETS = Path(__file__).parent / "packet"
EVIL = (
    "</code></td><script>alert(1)</script> ![x](https://evil.example/p.png) @everyone fixes #1 "
    "`x` | \x1b[2J\u202e\u200b ::error::x ##[group] \udcff"
)


def packed(happened: list[e.Event], files: tuple[ChangedFile, ...] | None) -> Packet:
    facts = GitFacts(builders.COMMIT, builders.TREE, builders.BASE, True, files or ())
    digest = freeze(builders.contract())[1]
    return build(
        builders.record(happened),
        facts=facts if files else None,
        proof=LedgerProof(len(happened), digest, intact=True),
        now_us=builders.START_US + 60_000_000,
        version="0.1.0",
    )


def honest() -> Packet:
    contract = builders.contract()
    files = (
        ChangedFile("src/parser/core.py", Change.MODIFIED, added=3, removed=1),
        ChangedFile("tests/test_parser.py", Change.MODIFIED, added=8, removed=0),
    )
    return packed(builders.honest_run(contract, freeze(contract)[1]), files)


def stopped() -> Packet:
    contract = builders.contract()
    crossed = PathChange("README.md", Change.MODIFIED, Standing.OUT_OF_SCOPE)
    stop = e.RunStopped(
        e.StopTrigger.OUT_OF_SCOPE_WRITE,
        "README.md was changed outside the edit scope",
        ("README.md",),
        ("restore README.md", "run again under a wider contract"),
    )
    happened = [
        *builders.honest_run(contract, freeze(contract)[1])[:15],
        e.TreeCompared((crossed,), True, 900),
        stop,
        e.PathsRestored(("README.md",), "remit"),
        e.AgentExited(0, None, 0),
        e.RunClosed(e.Ending.STOPPED, stop.message),
    ]
    return packed(happened, None)


def unstarted() -> Packet:
    """Ended before the agent was started: the cause stands alone."""
    contract = builders.contract()
    opened = builders.honest_run(contract, freeze(contract)[1])[:2]
    return packed([*opened, e.RunClosed(e.Ending.FAILED, "the check “tests” cannot run")], None)


def crossed() -> Packet:
    """A program wrote outside the scope, and its work was committed to be looked at."""
    contract = builders.contract()
    paths = ("EXTRA.md", "README.md")
    changes = tuple(PathChange(p, Change.MODIFIED, Standing.OUT_OF_SCOPE) for p in paths)
    stop = e.RunStopped(e.StopTrigger.OUT_OF_SCOPE_WRITE, f"changed: {', '.join(paths)}", paths, ())
    happened = builders.honest_run(contract, freeze(contract)[1])
    happened[-1:] = [
        e.TreeCompared(changes, True, 900),
        stop,
        e.RunClosed(e.Ending.STOPPED, stop.message),
    ]
    return packed(happened, tuple(ChangedFile(p, Change.MODIFIED, added=1) for p in paths))


def tried(*shown: str) -> list[e.Event]:
    """Checks after a change each, with how the one test failed, judged as in a run."""
    happened: list[e.Event] = []
    state = replay([e.ContractFrozen(builders.contract(), digest_of(b""), RiskClass.LOW, "Ada")])
    for number, message in enumerate(shown, start=1):
        failing = (Failure("tests/test_parser.py::test_empty_line", "ValueError", "", 7, message),)
        path = PathChange("src/parser/core.py", Change.MODIFIED, Standing.IN_SCOPE)
        compared = e.TreeCompared((path,), False, 9)
        seen = Seen.FAILED if message else Seen.PASSED
        ran = (f"c{number}", builders.CHECK.command, builders.CHECK.name, "pytest", WHOLE)
        observed = CheckObserved(
            *ran, seen, failing if message else (), f"{number}", True, True, ()
        )
        state = apply(apply(state, compared), observed)
        ended = judge(state.attempts, observed, Limits(2, None, note=False))
        state = apply(state, ended)
        happened += [compared, observed, ended]
    return happened


def _evil(ended: AttemptEnded) -> AttemptEnded:
    failing = (Failure(EVIL, EVIL, EVIL, 1, EVIL),)
    words = {"check": EVIL, "changed": (EVIL,), "why": EVIL, "message": EVIL}
    return replace(ended, failing=failing, gate=Gate.NOTE, **words)  # type: ignore[arg-type]


def looped() -> Packet:
    """Two attempts alike, so that the third change was refused."""
    contract = builders.contract()
    whole = builders.honest_run(contract, freeze(contract)[1])
    attempts = tried("no count in 'bolts'", "not enough values", "not enough values")
    stop = e.RunStopped(
        e.StopTrigger.SIMILAR_FAILURES, "Two attempts in a row ended with the same failure.", (), ()
    )
    confirmed = AttemptConfirmed(3, builders.CHECK.name, True, "Remit's own run shows the same")
    end = [stop, e.AgentExited(0, None, 0), e.RunClosed(e.Ending.STOPPED, stop.message)]
    return packed([*whole[:-4], *attempts, confirmed, *end], None)


def hostile() -> Packet:
    """Every text that is not ours is an attack."""
    words = EVIL.replace("\udcff", "")
    contract = builders.contract(goal=words, keep=(words,), scope=Scope(edit=(words,)))
    happened: list[e.Event] = []
    for event in builders.honest_run(contract, freeze(contract)[1]):
        match event:
            case e.CheckRan():
                event = replace(event, output_tail=f"{EVIL}\n```\n/merge\n", failing=(EVIL,))
                event = replace(event, notes=(EVIL,), runner_changed=(EVIL,))
            case e.RunOpened():
                event = replace(event, repository=EVIL, branch=EVIL, dirty=(EVIL,))
            case e.AgentLaunched():
                event = replace(event, client_version=EVIL)
            case e.ClaimMade():
                event = e.ClaimMade(f"{EVIL}\nLeast sure: {EVIL}")
            case e.RunClosed():
                event = e.RunClosed(e.Ending.FAILED, EVIL)
        happened.append(event)
    happened += builders.call("c9", EVIL, EVIL, Outcome.DENY)
    evil = Granter(EVIL, Established.PEER, EVIL)
    happened += [DecisionMarked("c9", EVIL, evil), ClientPrompted(EVIL)]
    happened += [_evil(one) for one in tried("x") if isinstance(one, AttemptEnded)]
    happened += [AttemptNoted(1, EVIL, EVIL, EVIL, EVIL, EVIL, "", "", ())]
    happened += [e.Forged(EVIL, EVIL), e.Carried((), (EVIL,))]
    happened += [e.TreeCompared((PathChange(EVIL, Change.ADDED, Standing.OTHERS),), True, 1)]
    happened += [
        e.TreeCompared((PathChange(EVIL + "2", Change.ADDED, Standing.OUT_OF_SCOPE),), True, 1)
    ]
    return packed(happened, (ChangedFile(EVIL, Change.ADDED, added=1),))


def asked() -> Packet:
    """A person was asked, said yes at once and no later, and called two decisions wrong."""
    contract = builders.contract()
    happened = builders.honest_run(contract, freeze(contract)[1])
    ada = Granter("Ada", Established.TERMINAL, "a key at /dev/pts/1")
    requests = [
        GrantRequest(
            f"er00-{number}",
            builders.RUN,
            Item(ItemKind.COMMAND, f"./tools/seed --{word}", digest_of(word.encode())),
            "command.unknown",
            "c4",
            "agent",
            "What ./tools/seed does cannot be told from its command line",
            builders.START_US + number * 1_000_000,
        )
        for number, word in enumerate(("local", "remote", "all"), 1)
    ]
    yes = builders.START_US + 2_400_000
    grant = Grant("er00-g1", "er00-1", builders.RUN, requests[0].item, "ok", ada, ONCE, "", yes)
    happened[7:7] = [RequestOpened(asked) for asked in requests]
    happened[13:13] = [
        GrantMade(grant),
        GrantRefused(Refusal("er00-2", "use the fixture", ada)),
        ClientPrompted("Bash"),
        DecisionMarked("c2", "the README is part of the task", ada),
        DecisionMarked("c4", "this should have been asked about", ada),
    ]
    launched = next(event for event in happened if isinstance(event, e.AgentLaunched))
    happened[happened.index(launched)] = replace(launched, tells_prompts=True)
    return packed(happened, None)


BUILT = {
    "honest": honest,
    "looped": looped,
    "asked": asked,
    "stopped": stopped,
    "unstarted": unstarted,
    "crossed": crossed,
    "hostile": hostile,
}
VIEWS: dict[str, Callable[[Packet], str]] = {
    "html": html.page,
    "md": markdown.comment,
    "txt": lambda packet: click.unstyle(terminal.account(packet)),
    "json": lambda packet: packet_json(packet).decode(),
}


@pytest.mark.parametrize("form", VIEWS)
@pytest.mark.parametrize("name", BUILT)
def test_a_view_is_what_the_golden_file_shows(name: str, form: str) -> None:
    shown = VIEWS[form](BUILT[name]())
    golden = PACKETS / f"{name}.{form}"
    if os.environ.get("REMIT_GOLDEN") == "write":
        golden.write_text(shown, encoding="utf-8")
    assert shown == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["html", "md", "txt"])
def test_nothing_hostile_survives_in_any_view(form: str) -> None:
    shown = VIEWS[form](hostile())
    for control in ("\x1b", "\u202e", "\u200b", "\udcff"):
        assert control not in shown
    if form == "html":
        assert not re.search(r"<script|<img|<a href=\"http|\son\w+=", shown)
    if form == "md":
        outside_code = re.sub(
            r"(?s)<pre>.*?</pre>|<code>.*?</code>|```+.*?```+|`[^`\n]*`", "", shown
        )
        assert not re.search(r"@\w|#\d|\]\(|<script|<img|evil", outside_code)


@pytest.mark.parametrize("name", BUILT)
def test_a_page_rendered_from_the_file_is_the_same_page(name: str) -> None:
    packet = BUILT[name]()
    again = read_packet(packet_json(packet))
    assert html.page(again) == html.page(packet)
    assert markdown.comment(again) == markdown.comment(packet)


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    page = html.page(honest())
    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    assert not re.search(r"<(script|link|img|iframe|object|embed|form|base)\b|@import|url\(", page)


@pytest.mark.parametrize("name", BUILT)
def test_the_verdict_stands_before_everything_else(name: str) -> None:
    packet = BUILT[name]()
    word = {"pass": "Pass", "fail": "Fail", "cannot-say": "Cannot say"}[
        packet.verdict.outcome.value
    ]
    page = html.page(packet)
    assert page.index(f'<h1 id="verdict">{word}</h1>') < page.index('class="goal"')
    assert markdown.comment(packet).strip().splitlines()[0].endswith(f"Remit: {word}")


def test_claims_stand_apart_from_facts() -> None:
    for form in ("html", "md", "txt"):
        shown = VIEWS[form](honest())
        assert "not evidence" in shown[: shown.index("Fixed the empty-line case")]


def test_unknown_cost_is_never_zero() -> None:
    assert "unknown, unknown" in html.page(honest())
    assert json.loads(packet_json(honest()))["cost"]["tokens"] is None


def test_boundary_pressure_is_told_even_where_there_was_none() -> None:
    contract = builders.contract()
    calm = [
        event
        for event in builders.honest_run(contract, freeze(contract)[1])
        if getattr(event, "call", "") != "c2"
    ]
    packet = packed(calm, (ChangedFile("src/parser/core.py", Change.MODIFIED),))
    assert "Boundary pressure: 0" in markdown.comment(packet)
    page = html.page(packet)
    assert "<p>None.</p>" in page[page.index('id="pressure"') :]


def test_a_page_of_ten_thousand_calls_stays_small() -> None:
    contract = builders.contract()
    happened = builders.honest_run(contract, freeze(contract)[1])
    many = [
        event
        for number in range(3_000)
        for event in builders.call(f"x{number}", "Bash", "x" * 2_000, Outcome.DENY)
    ]
    packet = packed([*happened[:-1], *many, happened[-1]], None)
    assert len(html.page(packet).encode()) < 1_000_000
    assert len(markdown.comment(packet)) < 65_536
    assert "more requests" in html.page(packet)
