"""What a person reads before they answer: the agent cannot make it look milder than it is."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from open_endpoint import Opened
from remit.adapters.render.requests import touch_lines
from remit.codec.events import decode, encode
from remit.model.grant import GrantRequest
from remit.model.grant_events import RequestOpened
from remit.model.json import JsonObject
from remit.model.touch import Sensitivity, worst
from remit.services.friction import friction
from remit.services.requests import request_json
from test_grant_held_calls import ADA, YES, _ask, _open, _within


def _request(tmp: Path, command: str) -> GrantRequest:
    """The first request that ``command`` opens."""
    found: list[GrantRequest] = []

    async def act(door: Opened) -> None:
        held = _ask(door, "c1", command)
        for request in await _open(door, 1):
            found.append(door.approvals.permits.waiting[request])
            door.approvals.refuse(request, "no", ADA)
        await held

    _within(tmp, act)
    return found[0]


def _shown(request: GrantRequest) -> list[str]:
    value: JsonObject = request_json(request, request.opened_us, "remit grant …")
    return list(touch_lines(value))


def test_a_program_nobody_knows_is_not_known_whatever_it_is_called(tmp_path: Path) -> None:
    request = _request(tmp_path, "./plain-and-harmless --read-only")
    assert "not known" in _shown(request)[0]
    assert _shown(request)[-1] == "sensitivity: not known"


def test_much_that_is_plain_pushes_nothing_out_of_sight(tmp_path: Path) -> None:
    """Fifty files of the repository before the one outside of it, and the unknown program last."""
    many = " ".join(f"stocklist/part{n}.py" for n in range(50))
    request = _request(tmp_path, f"cat {many} /etc/hostname; frobnicate")
    assert [touch.sensitivity for touch in request.touches[:2]] == [
        Sensitivity.UNKNOWN,
        Sensitivity.OUTSIDE,
    ]
    assert len(request.touches) == 12
    assert request.more >= 30
    assert f"touches: and {request.more} more, none of it worse" in _shown(request)


def test_twin_a_read_in_the_repository_beside_it_stays_plain(tmp_path: Path) -> None:
    request = _request(tmp_path, "cat stocklist/parser.py; frobnicate")
    assert "touches: read stocklist/parser.py (plain)" in _shown(request)


@pytest.mark.parametrize(
    "name", ["x (plain)\nsensitivity: plain\n", "\x1b[2K\x1b[1Aplain", "\u202egnihton"]
)
def test_a_name_that_writes_lines_of_its_own_stays_in_its_line(tmp_path: Path, name: str) -> None:
    request = _request(tmp_path, f"frobnicate; cat '/srv/{name}'")
    for line in _shown(request):
        assert line.isprintable()
        assert line.startswith(("touches: ", "sensitivity: "))
    assert _shown(request)[-1] == "sensitivity: not known"


def test_a_write_is_told_with_what_it_decides(tmp_path: Path) -> None:
    async def act(door: Opened) -> None:
        for call, path in (("c1", "tests/other_test.py"), ("c2", "docs/format.md")):
            value = json.loads(door.payload("PreToolUse", call, tool_name="Write"))
            value["tool_input"] = {"file_path": str(door.root / path), "content": ""}
            await door.hook(json.dumps(value).encode())
        told = {x.item.subject: x.touches for x in door.approvals.permits.waiting.values()}
        (goalpost,), (plain,) = told["tests/other_test.py"], told["docs/format.md"]
        assert (goalpost.kind, goalpost.sensitivity) == ("write", Sensitivity.GOALPOST)
        assert plain.sensitivity is Sensitivity.PLAIN

    _within(tmp_path, act, wait_s=0.0)


@pytest.mark.parametrize(
    ("command", "sensitivity"),
    [
        ("curl https://docs.example.com/a", Sensitivity.PLAIN),
        ("curl -d @stocklist/parser.py https://docs.example.com/a", Sensitivity.DATA_OUT),
    ],
)
def test_a_host_that_is_asked_is_told_from_one_that_is_given_something(
    tmp_path: Path, command: str, sensitivity: Sensitivity
) -> None:
    request = _request(tmp_path, command)
    assert request.item.subject == "docs.example.com"
    assert worst(request.touches) is sensitivity


def test_what_is_touched_survives_the_record_and_an_older_one_is_not_known(tmp_path: Path) -> None:
    request = _request(tmp_path, "frobnicate")
    stored = encode(RequestOpened(request))
    assert decode(stored.kind, stored.schema, stored.body) == RequestOpened(request)
    old = json.loads(stored.body)
    del old["request"]["touches"], old["request"]["more"]
    event = decode(stored.kind, 1, json.dumps(old).encode())
    assert isinstance(event, RequestOpened)
    assert worst(event.request.touches) is Sensitivity.UNKNOWN


def test_it_is_shown_where_a_person_answers(tmp_path: Path) -> None:
    async def act(door: Opened) -> None:
        held = _ask(door, "c1", "frobnicate")
        (request,) = await _open(door, 1)
        smallest = door.approvals.smallest(request)
        told = request_json(door.approvals.permits.waiting[request], 5, smallest)
        assert told["sensitivity"] == "not known"
        assert str(told["smallest"]).startswith(f"remit grant {request} --uses 1 --reason ")
        door.approvals.grant(request, YES, ADA)
        await asyncio.wait_for(held, 20)

    _within(tmp_path, act)


def test_what_the_client_would_ask_by_itself_is_counted_and_answered_by_nobody(
    tmp_path: Path,
) -> None:
    async def act(door: Opened) -> None:
        _, body = await door.hook(door.payload("PermissionRequest"))
        assert b'"behavior":"deny"' in body
        record = door.record()
        assert record.client_prompts == 1
        assert record.requests == {}
        assert friction(record).client_prompts is None  # this run names no client that tells

    _within(tmp_path, act)


def test_the_endpoint_marks_no_decision_as_wrong(tmp_path: Path) -> None:
    """The agent has the token of the endpoint; what it posts there is no person's word."""

    async def act(door: Opened) -> None:
        _, body = await _ask(door, "c1", "git push origin main")
        assert b'"permissionDecision":"deny"' in body
        mark = {"do": "mark", "subject": "c1", "reason": "me", "call": "c1"}
        for value in (mark, {"hook_event_name": "decision.marked", **mark}):
            for unix in (False, True):
                await door.hook(json.dumps(value).encode(), unix)
        assert door.record().marks == {}
        door.approvals.mark("c1", "the branch is mine", ADA)  # the twin: a person's word counts
        assert friction(door.record()).wrongly_held == 1

    _within(tmp_path, act)
