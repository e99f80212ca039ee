"""Signed answers: replayed, altered, stale, by the wrong key; each beside its honest twin."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from hand_made_keys import UNTOUCHED, Key, software_key, touched_key
from remit.codec.answer_statement import NAMESPACE, Statement, encode, statement_of
from remit.codec.signers import read_signers
from remit.errors import InvalidDocument, RemitError
from remit.model.contract import RiskClass
from remit.model.deciding import RULES, DecidingRules, SigningKeys
from remit.model.digest import digest_of
from remit.model.grant import (
    END_OF_TASK,
    Established,
    Expiry,
    ExpiryKind,
    Granter,
    GrantRequest,
    Item,
    ItemKind,
)
from remit.policy.approval import insufficient
from remit.services.signed_answers import Signed, Words, signed_by

CASES = tomllib.loads(
    (Path(__file__).parent.parent / "cases" / "signed" / "answers.toml").read_text()
)
NOW_US = 1_795_400_000_000_000
ITEM = Item(ItemKind.COMMAND, "./seed", digest_of(b"./seed"))
ASKED = GrantRequest(
    "aaaa-1", "261123-aaaaaaaa", ITEM, "command.unknown", "c1", "agent", "unknown", NOW_US
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Key]:
    folder = tmp_path_factory.mktemp("keys")
    soft = {name: software_key(folder, name) for name in ("ada", "bob", "stranger")}
    return {
        **soft,
        "touch": touched_key(folder, "touch"),
        "idle": touched_key(folder, "idle", UNTOUCHED),
    }


def _end(lines: dict[str, Any]) -> Expiry:
    seconds, uses = lines.get("until_s"), lines.get("uses", 0)
    if seconds:
        return Expiry(ExpiryKind.INSTANT, NOW_US + seconds * 1_000_000, uses)
    return replace(END_OF_TASK, uses=uses)


def _statement(lines: dict[str, Any]) -> Statement:
    lines = dict(lines)
    signed_us = NOW_US - lines.pop("age_s", 5) * 1_000_000
    honest = statement_of(ASKED, "needed", "a seeded base", _end(lines), "", signed_us)
    for said in ("until_s", "uses"):
        lines.pop(said, None)
    return replace(honest, **lines)


def _answered(case: dict[str, Any], keys: dict[str, Key], tmp: Path) -> Granter:
    """What becomes of the answer of ``case``; RemitError where it does not count."""
    key = keys[case.get("key", "ada")]
    data = encode(_statement(case.get("sign", {})))
    armored = key.sign(data, case.get("namespace", NAMESPACE))
    given = _tampered(case.get("tamper", ""), Signed(data.decode(), armored), keys)
    say = {"reason": "needed", "evidence": "a seeded base"} | case.get("say", {})
    words = Words(say["reason"], say["evidence"], _end(say), say.get("shown", ""))
    return signed_by(ASKED, words, given, _keys(case, keys, tmp), NOW_US)


def _keys(case: dict[str, Any], keys: dict[str, Key], tmp: Path) -> SigningKeys:
    public = {name: key.public for name, key in keys.items()}
    named = ("ada", "bob", "touch", "idle")
    every = "".join(f"{name}@example.org {public[name]}\n" for name in named)
    signers = case["signers"].format(**public) if "signers" in case else every
    revoked: tuple[str, ...] = ()
    if "revoked" in case:
        path = tmp / "revoked"
        revoked = (str(path),)
        if case["revoked"]:
            path.write_text(case["revoked"].format(**public) + "\n")
    return SigningKeys(signers, revoked, case.get("hidden", True))


def _tampered(how: str, given: Signed, keys: dict[str, Key]) -> Signed:
    match how:
        case "statement":
            return replace(given, statement=given.statement.replace("aaaa-1", "aaaa-3"))
        case "signature":
            head, _, rest = given.armored.rpartition("A")
            middle = given.armored.splitlines()
            middle[-2] = middle[-2][:4] + ("B" if middle[-2][4] != "B" else "C") + middle[-2][5:]
            assert head or rest
            return replace(given, armored="\n".join(middle) + "\n")
        case "swap":
            other = keys["bob"].sign(given.statement.encode() + b" ", NAMESPACE)
            return replace(given, armored=other)
        case "empty":
            return replace(given, armored="")
        case "spaces":
            spelled = given.statement.replace(":", ": ")
            return Signed(spelled, keys["ada"].sign(spelled.encode(), NAMESPACE))
    return given


@pytest.mark.parametrize("case", CASES["case"], ids=lambda case: case["name"])
def test_refused_with_its_reason(case: dict[str, Any], keys: dict[str, Key], tmp_path) -> None:
    with pytest.raises(RemitError) as refused:
        _answered(case, keys, tmp_path)
    assert case["why"] in refused.value.message


@pytest.mark.parametrize("case", CASES["twin"], ids=lambda case: case["name"])
def test_twin_counts_as(case: dict[str, Any], keys: dict[str, Key], tmp_path) -> None:
    granter = _answered(case, keys, tmp_path)
    assert granter.established is Established(case["count"])
    assert granter.signature is not None
    assert granter.signature.presence is case.get("presence", False)
    assert granter.name == f"{case.get('key', 'ada')}@example.org"


def test_the_class_that_asks_for_a_touch_takes_no_other_key(keys, tmp_path) -> None:
    rules = DecidingRules(presence=(RiskClass.HIGH,))
    for key, enough in (("ada", False), ("idle", False), ("touch", True)):
        granter = _answered({"key": key}, keys, tmp_path)
        assert bool(insufficient(granter, RiskClass.HIGH, rules)) is not enough
        assert not insufficient(granter, RiskClass.STANDARD, rules)


def test_the_one_who_started_the_run_does_not_decide_where_another_must(keys, tmp_path) -> None:
    rules = replace(RULES, another=(RiskClass.HIGH,), starters=("Ada <ADA@example.org>",))
    for key, enough in (("ada", False), ("bob", True)):
        granter = _answered({"key": key}, keys, tmp_path)
        assert bool(insufficient(granter, RiskClass.HIGH, rules)) is not enough
        assert not insufficient(granter, RiskClass.LOW, rules)


SIGNERS = {
    "a pattern for a person": "*@example.org {ada}",
    "two people for one key": "ada@example.org,bob@example.org {ada}",
    "an authority for a key": "ada@example.org cert-authority {ada}",
    "no key": "ada@example.org",
    "one key twice": "ada@example.org {ada}\nbob@example.org {ada}",
}


@pytest.mark.parametrize("text", SIGNERS.values(), ids=SIGNERS)
def test_signers_that_name_no_one_person_are_refused(text: str, keys: dict[str, Key]) -> None:
    with pytest.raises(InvalidDocument):
        read_signers(text.format(ada=keys["ada"].public), "allowed_signers")


def test_twin_signers_with_options_and_comments_are_read(keys: dict[str, Key]) -> None:
    text = f'# us\n\nada@example.org namespaces="answer@remit" {keys["ada"].public} Ada\n'
    (signer,) = read_signers(text, "allowed_signers")
    assert asdict(signer) == {"name": "ada@example.org", "public": keys["ada"].public}
