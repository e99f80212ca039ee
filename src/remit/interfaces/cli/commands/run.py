"""``remit run``: a contract, an agent under it, a packet."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from remit.adapters.agents.registry import adapter_for
from remit.adapters.render.contract import screen, screen_lines
from remit.adapters.render.escape import terminal
from remit.adapters.render.policy import pending_text
from remit.errors import UsageError
from remit.interfaces.cli.desk import open_desk
from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.output import print_note
from remit.interfaces.cli.waiting import parks, waiting_time
from remit.interfaces.supervisor.conduct import perform
from remit.interfaces.supervisor.engagement import Engagement
from remit.interfaces.supervisor.restoring import offer_restore
from remit.model.events import Layer
from remit.model.policy import Policy
from remit.services.acceptance import PendingAcceptance, accept, require_accepted
from remit.services.copies import copy_notes
from remit.services.deciding import deciders
from remit.services.layers import layers_of
from remit.services.plans import DRAFT, Proposal, propose, require_ready
from remit.services.policies import require_narrowing
from remit.services.policy_notes import note_policy
from remit.services.readiness import advisory_lines
from remit.services.runs import Plan
from remit.services.workplace import Workplace, open_workplace, policy_in_force, unaccepted
from remit.system.clock import now_us
from remit.system.confine.ability import Ability, find_ability
from remit.system.git import require_head


@click.command("run")
@click.argument("asked", metavar="CONTRACT|GOAL")
@click.argument("agent", nargs=-1, type=click.UNPROCESSED, metavar="-- AGENT…")
@click.option("--yes", is_flag=True, help="Start without asking; for scripts.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON at the end.")
@click.option("--wait", default="", metavar="TIME", help="How long held calls wait for a person.")
@click.option("--park/--no-park", default=None, help="What follows a wait without an answer.")
@click.option("--copy", is_flag=True, help="Work in a copy; your tree stays as it is.")
@click.option("--accept-base", default="", metavar="REF", help="In CI: this commit's policy holds.")
def command(
    asked: str,
    agent: tuple[str, ...],
    yes: bool,
    as_json: bool,
    wait: str,
    park: bool | None,
    copy: bool,
    accept_base: str,
) -> Exit:
    """Run an agent under a contract.

    CONTRACT is a TOML file (remit new); a GOAL in words is drafted into one.

    \b
    remit run "fix the failing parser test" -- claude -p "fix the failing parser test"
    remit run contract.toml --yes -- claude -p "…" --model opus
    """
    adapter = adapter_for(agent)
    adapter.examine(agent, os.environ)
    with open_desk() as desk:
        place = open_workplace(Path.cwd(), desk.state, desk.environ)
        require_head(place.repository)
        ability = find_ability(desk.environ)
        told = copy_notes(place.repository) if copy else ()
        layers = layers_of(ability, adapter.route(desk.environ))
        proposal = _agreed(place, asked, accept_base, yes, Shown(layers, told))
        policy = policy_in_force(place, accept_base)
        plan = replace(
            _plan(place, proposal, yes, ability, policy.policy),
            policy=note_policy(place, policy, accept_base),
            in_copy=copy,
        )
        wait_s = waiting_time(wait, plan.contract.budget.wait_s)
        may_park = parks(wait_s, park) and adapter.can_resume(agent)
        engagement = Engagement(adapter, agent, _tell, offer_restore, as_json, wait_s, may_park)
        done = perform(desk, plan, engagement)
    # What shows the end was loaded while the agent worked.
    from remit.interfaces.cli.done import print_done

    return print_done(done, as_json=as_json)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the screen shows beside the contract: what will hold the run, and what its copy is."""

    layers: tuple[Layer, ...]
    copy: tuple[str, ...]


def _agreed(
    place: Workplace,
    asked: str,
    accept_base: str,
    yes: bool,
    shown: Shown,
) -> Proposal:
    """The contract, shown on one screen; raises where it is not ready or nobody says go."""
    _accept(place, unaccepted(place, accept_base), yes)
    require_narrowing(policy_in_force(place, accept_base))
    proposal = propose(place, asked, screen_lines, accept_base)
    if waiting := proposal.standing.pending:
        _accept(place, (waiting,), yes)
    if proposal.readiness.contract.goal:
        print_note(_screen(proposal, shown))
    require_ready(proposal)
    if not yes:
        _confirm("Start?", "not started", _otherwise(proposal, asked))
    return proposal


def _otherwise(proposal: Proposal, asked: str) -> str:
    if proposal.source != DRAFT:
        return f"change {terminal(asked)}, then: remit check {terminal(asked)}"
    return 'change what it says: remit new "…" -o contract.toml, then: remit run contract.toml'


def _screen(proposal: Proposal, shown: Shown) -> str:
    ready = proposal.readiness
    notes = (*proposal.notes, *(warning.message for warning in ready.warnings))
    advisory = advisory_lines(ready.contract, shown.layers)
    said = (ready.contract, ready.risk, ready.reasons, shown.layers, advisory, notes)
    return screen(*said, copy=shown.copy)


def _accept(place: Workplace, waiting: Sequence[PendingAcceptance], yes: bool) -> None:
    """Files of the repository mean nothing until a person read them here. ``--yes`` is no
    reading: a script gets the way to accept instead."""
    if not waiting:
        return
    if yes or not sys.stdin.isatty():
        require_accepted(waiting)
    for item in waiting:
        click.echo(pending_text(item), err=True)
    _confirm("Accept this content on this machine?", "not accepted", "nothing it names was run")
    files = tuple(item.file for item in waiting)
    accept(place.store, place.repository.key, files, place.user or "unknown", "terminal", now_us())


def _confirm(question: str, refused: str, remedy: str) -> None:
    """One key of a person at a terminal."""
    if not sys.stdin.isatty():
        raise UsageError("nobody is here to agree to this contract", "add --yes to start unasked")
    click.echo(f"{question} [y/N] ", err=True, nl=False)
    key = click.getchar()
    click.echo(key if key.isprintable() else "", err=True)
    if key.lower() != "y":
        raise UsageError(refused, remedy)


def _plan(
    place: Workplace, proposal: Proposal, yes: bool, ability: Ability, policy: Policy
) -> Plan:
    ready = proposal.readiness
    how = "--yes" if yes else "key at the terminal"
    who = place.user or os.environ.get("USER") or f"uid {os.getuid()}"
    accepted = f"{who} ({how}; {proposal.standing.how})"
    people = (who, ready.contract.people.delegator or "")
    who_decides = deciders(policy, place.repository.root, ability.means, people)
    return Plan(place.repository, ready.contract, ready.risk, accepted, ability, who_decides)


def _tell(line: str) -> None:
    print_note(click.style("remit ", dim=True) + terminal(line))
