"""Plays the demo: makes the repository, runs the agent under the contract, tells what happened."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from remit.adapters.agents.registry import adapter_for
from remit.adapters.render.contract import screen, screen_lines
from remit.adapters.render.terminal import account
from remit.errors import RemitError
from remit.interfaces.cli.desk import open_desk
from remit.interfaces.cli.output import print_note
from remit.interfaces.demo.plan import plan_json
from remit.interfaces.demo.repository import CONTRACT, GOAL, create
from remit.interfaces.demo.story import ROUTES, turns
from remit.interfaces.supervisor.conduct import perform
from remit.interfaces.supervisor.engagement import Engagement, Tell
from remit.interfaces.supervisor.restoring import offer_restore
from remit.interfaces.supervisor.seal import Sealed, sealed_json
from remit.model.json import Json
from remit.model.verdict import VerdictOutcome
from remit.services.layers import layers_of
from remit.services.plans import propose, require_ready
from remit.services.runs import Desk, Plan
from remit.services.workplace import open_workplace
from remit.system.confine.ability import WEAKER, find_ability
from remit.testing.scripted_model import ScriptedModel


@dataclass(frozen=True, slots=True)
class Played:
    """What the demo ends with."""

    verdict: VerdictOutcome
    account: str
    json: Mapping[str, Json]


def play(client: str, *, quiet: bool) -> Played:
    """Play the demo with ``client`` (``scripted`` or ``claude``)."""

    def tell(line: str) -> None:
        if not quiet:
            print_note(click.style("remit ", dim=True) + line)

    place = Path(tempfile.mkdtemp(prefix="remit-demo-"))
    root = place / "stocklist"
    root.mkdir()
    create(root)
    (place / "contract.toml").write_text(CONTRACT)
    tell(f"a repository with a failing parser test is in {root}")
    with _agent(client, place, root) as (argv, environ), open_desk() as desk:
        mine = Desk(desk.state, desk.ledger, desk.now_us, environ, desk.holder)
        sealed = _run(mine, place, argv, tell, quiet)
    return Played(sealed.packet.verdict.outcome, _told(sealed), sealed_json(sealed))


def _run(desk: Desk, place: Path, argv: tuple[str, ...], tell: Tell, quiet: bool) -> Sealed:
    workplace = open_workplace(place / "stocklist", desk.state, desk.environ)
    proposal = propose(workplace, str(place / "contract.toml"), screen_lines)
    require_ready(proposal)
    ready, ability = proposal.readiness, find_ability(desk.environ)
    layers = layers_of(ability, adapter_for(argv).route(desk.environ))
    if not quiet:
        print_note(screen(ready.contract, ready.risk, ready.reasons, layers) + "\n")
    plan = Plan(workplace.repository, ready.contract, ready.risk, "Demo (remit demo)", ability)
    engagement = Engagement(adapter_for(argv), argv, tell, offer_restore, output_to_stderr=True)
    done = perform(desk, plan, engagement)
    assert isinstance(done, Sealed)  # a demo is not parked
    return done


@contextmanager
def _agent(
    client: str, place: Path, root: Path
) -> Iterator[tuple[tuple[str, ...], Mapping[str, str]]]:
    """The agent's words, and the environment it starts from."""
    if client == "scripted":
        (place / "plan.json").write_text(plan_json(turns(root)))
        yield ("remit-scripted-agent", str(place / "plan.json"), GOAL), dict(os.environ)
        return
    found = shutil.which("claude")
    if found is None:
        raise RemitError(
            "Claude Code is not on PATH",
            "install it (npm install -g @anthropic-ai/claude-code), or: remit demo",
        )
    with ScriptedModel({"main": turns(root)}) as model:
        yield (found, "-p", GOAL), _client_environment(place, model.url)


def _client_environment(place: Path, url: str) -> dict[str, str]:
    """A clean environment: a home of its own, a dummy key, loopback only. Neither the person's
    login nor their settings take part in a demo."""
    home = place / "home"
    home.mkdir()
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        WEAKER: os.environ.get(WEAKER, ""),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "CLAUDE_CONFIG_DIR": str(home / ".claude"),
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "demo-key-without-worth",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_TELEMETRY": "1",
        "DISABLE_ERROR_REPORTING": "1",
    }


def _told(sealed: Sealed) -> str:
    lines = [account(sealed.packet)]
    if sealed.packet.cost.held >= len(ROUTES):
        lines.append("The agent tried three ways out of its scope, one attempt each:")
        lines += [f"  {route}: {path}" for route, path in ROUTES]
    return "\n".join([*lines, "", f"packet: {sealed.html}"])
