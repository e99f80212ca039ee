"""The packet's bytes: deterministic, valid by the published schema, read back strictly."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.codec.contract import freeze
from remit.codec.packet import MAX_BYTES, MAX_DEPTH, packet_json, read_packet
from remit.codec.packet_schema import schema
from remit.errors import InvalidDocument
from remit.model.packet import LedgerProof, Packet
from remit.model.tree import Change
from remit.model.untrusted import Untrusted
from remit.policy.gate import ChangedFile, GitFacts
from remit.services.packets import build
from remit.testing import builders

PUBLISHED = Path(__file__).parents[2] / "schema" / "packet.v1.json"


def packet(length: int | None = None) -> Packet:
    contract = builders.contract()
    digest = freeze(contract)[1]
    changed = (ChangedFile("src/parser/core.py", Change.MODIFIED, added=3, removed=1),)
    facts = GitFacts(builders.COMMIT, builders.TREE, builders.BASE, True, changed)
    return build(
        builders.record(builders.honest_run(contract, digest)[:length]),
        facts=None if length else facts,
        proof=LedgerProof(20, digest, intact=True),
        now_us=builders.START_US,
        version="0.1.0",
    )


def test_the_published_schema_is_the_one_the_code_writes() -> None:
    current = json.dumps(schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    if os.environ.get("REMIT_GOLDEN") == "write":
        PUBLISHED.parent.mkdir(exist_ok=True)
        PUBLISHED.write_text(current, encoding="utf-8")
    assert PUBLISHED.read_text(encoding="utf-8") == current


@pytest.mark.parametrize("length", [None, 1, 3, 8, 15])
def test_packets_of_whole_and_broken_off_runs_are_valid_by_the_schema(length: int | None) -> None:
    found = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(found)
    jsonschema.validate(json.loads(packet_json(packet(length))), found)


def test_the_schema_says_what_each_part_is() -> None:
    found = schema()
    parts = [found, *found["$defs"].values()]
    assert all(part.get("description") for part in parts)
    assert all(part["additionalProperties"] is False for part in parts if "properties" in part)


@pytest.mark.parametrize("length", [None, 1, 8])
def test_what_is_read_is_what_was_written(length: int | None) -> None:
    original = packet(length)
    data = packet_json(original)
    assert packet_json(original) == data
    assert read_packet(data) == original


@settings(max_examples=50)
@given(text=st.text(st.characters(exclude_categories=()), max_size=40))
def test_any_text_survives_as_something_every_reader_takes(text: str) -> None:
    original = replace(packet(), goal=Untrusted(text), claims=(Untrusted(text),))
    data = packet_json(original)
    assert packet_json(read_packet(data)) == data
    json.loads(data.decode("utf-8", "strict"))


def changed(**lines: Any) -> bytes:
    return json.dumps({**json.loads(packet_json(packet())), **lines}).encode()


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


REFUSED = {
    "empty": (b"", "is not JSON"),
    "not JSON": (b"{", "is not JSON"),
    "not UTF-8": (b'{"goal": "\xff"}', "is not JSON"),
    "a list": (b"[]", "is not a JSON object"),
    "another schema": (changed(schema=2), "schema 1"),
    "no schema": (b"{}", "schema 1"),
    "an unknown key": (changed(approved=True), "has no place in a packet"),
    "a missing key": (b'{"schema": 1}', "Field required"),
    "a wrong type": (changed(goal=7), "valid string"),
    "a number as text": (changed(built_us="7"), "valid integer"),
    "a fraction": (changed(built_us=7.0), "not a whole number"),
    "infinity": (packet_json(packet()).replace(b'"built_us": 1', b'"built_us": Infinity'), "not"),
    "a doubled key": (b'{"schema": 1, "goal": "a", "goal": "b"}', "is doubled"),
    "a doubled verdict": (packet_json(packet())[:-3] + b', "verdict": {}}', "is doubled"),
    "too deep": (nested(MAX_DEPTH + 2), "levels deep"),
    "far too deep": (nested(200_000), "levels deep"),
    "too large": (b" " * (MAX_BYTES + 1), "at most"),
    "a digit flood": (b'{"schema": ' + b"1" * 100_000 + b"}", "is not JSON"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_packet_is_refused_with_the_reason(name: str) -> None:
    data, reason = REFUSED[name]
    with pytest.raises(InvalidDocument) as refused:
        read_packet(data, "packet.json")
    assert any(reason in problem.message for problem in refused.value.problems)
    assert refused.value.remedy


def test_depth_and_size_at_the_limit_are_read() -> None:
    whole = packet_json(packet())
    assert read_packet(whole + b" " * (MAX_BYTES - len(whole)))
    with pytest.raises(InvalidDocument, match="1 problem") as refused:
        read_packet(nested(MAX_DEPTH))
    assert "object" in refused.value.problems[0].message


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(InvalidDocument) as refused:
        read_packet(changed(goal=7, run=None, files="none"))
    assert {problem.key for problem in refused.value.problems} >= {"goal", "run", "files"}


def test_an_unknown_key_deep_inside_is_named_by_its_place() -> None:
    value = json.loads(packet_json(packet()))
    value["checks"][0]["after"]["approved"] = True
    with pytest.raises(InvalidDocument) as refused:
        read_packet(json.dumps(value).encode())
    assert refused.value.problems[0].key == "checks.0.after.approved"
