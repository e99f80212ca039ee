"""What a grant covers, and all it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from remit.codec.events import decode, encode
from remit.model.contract import Contract, Evidence, McpServer, RiskClass, Scope, Stop
from remit.model.deciding import RULES, DecidingRules
from remit.model.decision import Outcome
from remit.model.events import Ending, RunClosed
from remit.model.grant import (
    END_OF_TASK,
    Established,
    Expiry,
    ExpiryKind,
    Grant,
    Granter,
    GrantRequest,
    Item,
    Revocation,
)
from remit.model.grant_events import GrantMade, GrantRevoked, RequestOpened
from remit.model.ids import CallId
from remit.model.json import JsonObject
from remit.model.request import Request, ResolvedPath, ToolCall
from remit.model.run import apply
from remit.model.state import Phase, RunState
from remit.policy.approval import insufficient
from remit.policy.effects import effects_of
from remit.policy.engine import decide, unreached, wanted
from remit.policy.risk import assess, widened

ROOT = "/repo"
NOW = 1_000_000
CONTRACT = Contract("g", Scope(("src/**",), ("src/**",)), Evidence(none="n"))
OPEN = RunState(Phase.OPEN, CONTRACT, ROOT, heartbeat=True)
ADA = Granter("Ada", Established.TERMINAL, "a key")


def _bash(command: str, cwd: str = ROOT) -> Request:
    call = ToolCall(CallId("c1"), "Bash", {"command": command}, cwd)
    effects = effects_of(call)
    paths = tuple(
        ResolvedPath(e.target, f"{ROOT}/{e.target}", e.target)
        for e in effects
        if e.kind.value in ("read", "write", "delete")
    )
    return Request(call, effects, paths)


def _call(tool: str, given: JsonObject) -> Request:
    call = ToolCall(CallId("c1"), tool, given, ROOT)
    return Request(call, effects_of(call), ())


def _read(path: str) -> Request:
    call = ToolCall(CallId("c1"), "Read", {"file_path": path}, ROOT)
    effects = effects_of(call)
    return Request(call, effects, (ResolvedPath(path, f"{ROOT}/{path}", path),))


def _item(request: Request, state: RunState = OPEN) -> Item:
    found = wanted(request, state, NOW)
    assert len(found) == 1, found
    return found[0].item


def _asked(item: Item, run: str = "run") -> GrantRequest:
    return GrantRequest("r-1", run, item, "command.unknown", "c1", "agent", "why", 1)


def _grant(item: Item, expiry: Expiry = END_OF_TASK, run: str = "run") -> Grant:
    return Grant("r-g1", "r-1", run, item, "needed", ADA, expiry, "", 2)


def _granted(request: Request, expiry: Expiry = END_OF_TASK) -> RunState:
    item = _item(request)
    state = apply(OPEN, RequestOpened(_asked(item)))
    return apply(state, GrantMade(_grant(item, expiry)))


def _outcome(request: Request, state: RunState, now_us: int = NOW) -> Outcome:
    return decide(request, state, now_us).outcome


def test_a_grant_covers_its_command() -> None:
    request = _bash("frobnicate --now")
    assert _outcome(request, OPEN) is Outcome.ASK
    assert _outcome(request, _granted(request)) is Outcome.ALLOW


@pytest.mark.parametrize(
    "other",
    [
        _bash("frobnicate --now --twice"),
        _bash("frobnicate"),
        _bash("frobnicate --now", f"{ROOT}/src"),
        _bash("frobnicate --now; frobnicate --then"),
        _bash("frobnicate --now > README.md"),
    ],
)
def test_another_command_needs_its_own(other: Request) -> None:
    assert _outcome(other, _granted(_bash("frobnicate --now"))) is not Outcome.ALLOW


def test_granting_one_path_grants_no_other() -> None:
    state = _granted(_read("docs/a.md"))
    assert _outcome(_read("docs/a.md"), state) is Outcome.ALLOW
    assert _outcome(_read("docs/a.md.orig"), state) is Outcome.DENY
    assert _outcome(_read("docs/b.md"), state) is Outcome.DENY
    write = replace(_read("docs/a.md").call, tool="Write")
    request = Request(write, effects_of(write), _read("docs/a.md").paths)
    assert _outcome(request, state) is Outcome.DENY


@pytest.mark.parametrize("tool", ["mcp__tracker__close", "mcp__tracker__unlisted"])
def test_granting_one_call_of_a_server_grants_no_other(tool: str) -> None:
    server = McpServer("tracker", ("server",), tools=("get",), writes=("close",))
    opened = replace(OPEN, contract=replace(CONTRACT, mcp=(server,)))
    seven, same, eight = (
        _call(tool, given)
        for given in ({"id": 7, "why": "x"}, {"why": "x", "id": 7}, {"id": 8, "why": "x"})
    )
    item = _item(seven, opened)
    state = apply(apply(opened, RequestOpened(_asked(item))), GrantMade(_grant(item)))
    assert '"id": 7' in item.subject
    assert _outcome(seven, state) is Outcome.ALLOW
    assert _outcome(same, state) is Outcome.ALLOW
    assert _outcome(eight, state) is not Outcome.ALLOW


def test_an_expired_grant_covers_nothing() -> None:
    request = _bash("frobnicate --now")
    state = _granted(request, Expiry(ExpiryKind.INSTANT, 2 * NOW))
    assert _outcome(request, state) is Outcome.ALLOW
    assert _outcome(request, state, 2 * NOW) is Outcome.ASK
    assert decide(request, state).outcome is Outcome.ASK  # without a clock


def test_a_revoked_grant_covers_nothing() -> None:
    request = _bash("frobnicate --now")
    state = apply(_granted(request), GrantRevoked(Revocation("r-g1", "wrong", "Ada")))
    assert _outcome(request, state) is Outcome.ASK


def test_a_grant_ends_with_its_run() -> None:
    state = apply(_granted(_bash("frobnicate")), RunClosed(Ending.COMPLETED, ""))
    assert state.permits.grants == ()


def test_a_grant_of_another_run_or_for_another_item_is_none() -> None:
    request = _bash("frobnicate --now")
    item = _item(request)
    asked = apply(OPEN, RequestOpened(_asked(item)))
    for grant in (_grant(item, run="other"), _grant(_item(_bash("rm-all")))):
        assert _outcome(request, apply(asked, GrantMade(grant))) is Outcome.ASK
    unasked = apply(OPEN, GrantMade(_grant(item)))
    assert _outcome(request, unasked) is Outcome.ASK


@pytest.mark.parametrize(
    "request_",
    [
        _read(".env"),
        _bash("sudo ls"),
        _bash("python3 -c 'print(1)'"),
        _bash("git push origin main"),
        _bash("frobnicate > .git/hooks/pre-commit"),
    ],
)
def test_hard_rules_are_nobodys_to_grant_inside_the_run(request_: Request) -> None:
    assert wanted(request_, OPEN, NOW) == ()


def test_a_zone_on_the_stop_list_is_nobodys_to_grant_inside_the_run() -> None:
    contract = replace(CONTRACT, stop=Stop(paths=("pay/**",)))
    state = replace(OPEN, contract=contract)
    assert wanted(_bash("frobnicate > pay/a.py"), state, NOW) == ()


def test_a_grant_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="ends at one instant"):
        Expiry(ExpiryKind.INSTANT, 0)
    with pytest.raises(TypeError):
        Grant("g", "r", "run", _item(_bash("x-y")), "why", ADA, evidence="", made_us=1)  # type: ignore[call-arg]
    body = encode(GrantMade(_grant(_item(_bash("x-y"))))).body
    without = body.replace(b'"expiry":{"kind":"end-of-task","at_us":0,"uses":0},', b"")
    assert without != body
    for schema in (1, 2):
        with pytest.raises(ValueError, match="expiry"):
            decode("grant.made", schema, without)


def test_above_low_a_peer_alone_is_not_enough() -> None:
    def why(way: Established, risk: RiskClass, rules: DecidingRules = RULES) -> str:
        return insufficient(Granter("Ada", way, ""), risk, rules)

    every = tuple(Established)
    careless = DecidingRules(every, every, every)
    assert not why(Established.PEER, RiskClass.LOW)
    for risk in (RiskClass.STANDARD, RiskClass.HIGH):
        assert why(Established.PEER, risk)
        assert why(Established.PEER, risk, careless)
        assert not why(Established.TERMINAL, risk)
        assert not why(Established.SIGNED, risk)


def _write(path: str) -> Request:
    call = ToolCall(CallId("c1"), "Write", {"file_path": path, "content": "x"}, ROOT)
    return Request(call, effects_of(call), (ResolvedPath(path, f"{ROOT}/{path}", path),))


def test_a_write_beside_the_scope_is_for_a_person_to_grant() -> None:
    request = _write("docs/[a].md")
    assert _item(request).subject == "docs/[a].md"
    state = _granted(request)
    assert _outcome(request, state) is Outcome.ALLOW
    assert _outcome(_write("docs/a.md"), state) is Outcome.DENY
    assert state.permits.writes(NOW) == {"docs/[a].md"}


@pytest.mark.parametrize("path", [".env", "secrets/prod.pem", ".github/workflows/x.yml"])
def test_a_write_into_a_zone_is_nobodys_to_grant(path: str) -> None:
    assert wanted(_write(path), OPEN, NOW) == ()


def test_what_the_contract_takes_out_is_nobodys_to_grant() -> None:
    contract = replace(CONTRACT, scope=Scope(("src/**", "!src/gen/**")))
    state = replace(OPEN, contract=contract)
    assert wanted(_write("src/gen/x.py"), state, NOW) == ()
    assert len(wanted(_write("docs/x.md"), state, NOW)) == 1


def test_a_granted_write_waits_until_the_kernel_knows_of_it() -> None:
    request = _write("docs/a.md")
    state = _granted(request)
    stands = unreached(request, state, frozenset(), NOW)
    assert stands is not None
    assert stands.held
    assert unreached(request, state, frozenset({"docs/a.md"}), NOW) is None


def test_granting_a_lock_file_is_of_the_high_class() -> None:
    wider = widened(CONTRACT, ["package-lock.json"])
    assert assess(CONTRACT, ["package-lock.json"])[0] is RiskClass.LOW
    assert assess(wider, ["package-lock.json"])[0] is RiskClass.HIGH
