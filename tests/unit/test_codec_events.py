"""Bodies and headers at their limits, and those another Remit wrote."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from remit.codec import upcast
from remit.codec.canonical import canonical
from remit.codec.events import MAX_BODY, decode, encode
from remit.codec.headers import header_bytes, parse_header
from remit.model import events as e
from remit.model.chain import Header
from remit.model.digest import digest_of
from remit.testing import builders

HEADER = Header("261122-aaaaaaaa", 3, 14, "claim.made", 1, digest_of(b"x"), 1, digest_of(b"y"))


def asked(value: object) -> e.ToolRequested:
    return e.ToolRequested("c", "T", "agent", "/", {"v": value}, digest_of(b""), ())  # type: ignore[dict-item]


def test_a_body_is_compact_json_in_the_order_of_the_fields() -> None:
    stored = encode(e.AgentExited(0, None, 2))
    assert (stored.kind, stored.schema) == ("agent.exited", 1)
    assert stored.body == b'{"exit_code":0,"signal":null,"killed":2}'


def test_a_name_that_is_not_utf_8_survives() -> None:
    event = e.PathsRestored(("caf\udce9.txt", "caf\u00e9.txt", "a\x00b"), "Ada")
    stored = encode(event)
    assert b'"caf\\udce9.txt"' in stored.body
    assert decode(stored.kind, stored.schema, stored.body) == event


def test_a_whole_contract_survives() -> None:
    frozen = builders.frozen(
        builders.contract(exclude=("a", "b"), hosts=("x.org",)), digest_of(b"")
    )
    stored = encode(frozen)
    assert decode(stored.kind, stored.schema, stored.body) == frozen


@pytest.mark.parametrize("value", [2**53, -(2**53), 10**400, 0.5, float("nan"), float("inf")])
def test_a_number_that_readers_disagree_on_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"whole number|2\^53"):
        encode(asked(value))


@pytest.mark.parametrize("value", [2**53 - 1, -(2**53) + 1, 0, True])
def test_the_largest_numbers_are_kept(value: object) -> None:
    event = asked(value)
    assert decode("tool.requested", 1, encode(event).body) == event


def test_an_object_of_no_known_make_is_refused() -> None:
    with pytest.raises(TypeError, match="a set cannot be stored"):
        encode(asked({1, 2}))


def test_a_body_of_exactly_the_limit_is_kept_and_one_byte_more_refused() -> None:
    frame = len(encode(e.ClaimMade("")).body)
    assert len(encode(e.ClaimMade("x" * (MAX_BODY - frame))).body) == MAX_BODY
    with pytest.raises(ValueError, match="over 1048576"):
        encode(e.ClaimMade("x" * (MAX_BODY - frame + 1)))
    with pytest.raises(ValueError, match="over 1048576"):
        decode("claim.made", 1, b" " * (MAX_BODY + 1))


def test_a_body_nested_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match=r"nested|recursion"):
        decode("claim.made", 1, b"[" * 100_000)


@pytest.mark.parametrize(("kind", "schema"), [("grant.signed", 1), ("claim.made", 2)])
def test_what_a_newer_remit_wrote_is_shown_and_not_lost(kind: str, schema: int) -> None:
    body = b'{"text":"from the future","more":[1.5]}'
    event = decode(kind, schema, body)
    assert event == e.Unrecognised(f"{kind}/{schema}", digest_of(body), body.decode())


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b'{"text":5}', b'{"text":null}', b'{"text":"a"} x', b'{"text":1.5}'],
)
def test_a_body_that_is_not_what_its_kind_promises_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        decode("claim.made", 1, body)


def test_a_refusal_names_the_field() -> None:
    body = json.dumps({"exit_code": "x", "signal": None, "killed": 0}).encode()
    with pytest.raises(ValueError, match=r"agent\.exited event does not hold: exit_code"):
        decode("agent.exited", 1, body)


def test_an_older_schema_is_lifted_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = {
        ("claim.made", 1): lambda body: {"said": body["words"]},
        ("claim.made", 2): lambda body: {"text": body["said"]},
    }
    monkeypatch.setattr(upcast, "STEPS", steps)
    assert upcast.upcast("claim.made", 1, {"words": "a"}) == {"text": "a"}
    assert upcast.upcast("claim.made", 2, {"said": "a"}) == {"text": "a"}
    assert upcast.upcast("claim.made", 3, {"text": "a"}) == {"text": "a"}


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data + b" ",
        lambda data: data.replace(b",", b", "),
        lambda data: data.replace(b'"version":3', b'"version":03'),
        lambda data: data.replace(b'"version":3', b'"version":3,"version":4'),
        lambda data: data.replace(b'"version":3', b'"version":3.0'),
        lambda data: data.replace(b'"version":3', b'"version":-3'),
        lambda data: data.replace(b'"run":"', b'"run":"\\u0061'),
        lambda data: data.replace(b"sha256:", b"SHA256:", 1),
    ],
)
def test_a_header_spelled_otherwise_is_none(change: object) -> None:
    data = header_bytes(HEADER)
    with pytest.raises(ValueError, match="no entry header"):
        parse_header(change(data))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("field", "value"), [("run", "a b"), ("kind", ""), ("version", -1), ("kind", "x" * 65)]
)
def test_a_header_that_could_not_be_read_back_is_not_written(field: str, value: object) -> None:
    from dataclasses import replace

    with pytest.raises(ValueError, match="no header can say"):
        header_bytes(replace(HEADER, **{field: value}))


@pytest.mark.parametrize("value", [2**60, "\udcff", {"a": "\ud800"}])
def test_what_has_no_canonical_form_is_a_value_error(value: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        canonical(value)  # type: ignore[arg-type]


def test_canonical_bytes_are_those_of_rfc_8785() -> None:
    assert canonical({"b": [True, None], "a": "\u20ac\n", "\u0080": 1}) == (
        '{"a":"\u20ac\\n","b":[true,null],"\u0080":1}'.encode()
    )


def test_listing_runs_imports_no_pydantic() -> None:
    code = (
        "import remit.storage.sqlite, remit.storage.locate, sys; print('pydantic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"
