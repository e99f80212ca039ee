"""What goes, what stays, how long it takes at most, and that the rules are the package's."""

from __future__ import annotations

import json
import random
import string
import time
from pathlib import Path

import pytest
import secret_rules
from hypothesis import given
from hypothesis import strategies as st

from remit.policy.redact import redact, redact_json

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases" / "redact"
ALPHABETS = {
    "base62": string.ascii_letters + string.digits,
    "upper": string.ascii_uppercase + string.digits,
}


def cases(name: str) -> list[dict[str, object]]:
    return json.loads((CASES / f"{name}.json").read_text())  # type: ignore[no-any-return]


def built(case: dict[str, object], seed: int = 1) -> tuple[str, list[str]]:
    """The text of a case, and its random pieces."""
    dice, pieces, made = random.Random(seed), [], []
    for piece in case["text"]:  # type: ignore[attr-defined]
        if isinstance(piece, dict):
            piece = "".join(dice.choices(ALPHABETS[piece["of"]], k=piece["random"]))
            made.append(piece)
        pieces.append(piece)
    return "".join(pieces), made


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("case", cases("secrets"), ids=lambda case: case["name"])
def test_a_secret_becomes_its_mark(case: dict[str, object], seed: int) -> None:
    text, made = built(case, seed)
    found = redact(text)
    assert list(found.marks) == case["marks"]
    for mark in found.marks:
        assert f"[redacted:{mark}]" in found.text
    assert not [secret for secret in made if secret in found.text]
    assert not [kept for kept in case["kept"] if kept not in found.text]  # type: ignore[attr-defined]
    assert redact(found.text).text == found.text


@pytest.mark.parametrize("case", cases("honest"), ids=lambda case: str(case["text"])[:40])
def test_an_honest_text_stays(case: dict[str, object]) -> None:
    text, _ = built(case)
    found = redact(text)
    assert (found.text, found.marks) == (text, ())


def test_source_code_of_this_project_stays() -> None:
    """Our own code speaks of passwords and tokens everywhere, and holds none."""
    for path in sorted((ROOT / "src" / "remit").rglob("*.py")):
        found = redact(path.read_text())
        assert not found.marks, (path, found.marks)


def test_the_rules_are_those_of_the_package() -> None:
    """After an update of detect-secrets: python tests/unit/secret_rules.py"""
    assert secret_rules.unknown() == set()
    assert (ROOT / secret_rules.TARGET).read_text() == secret_rules.module_text()


def test_json_keeps_its_shape_and_loses_its_secrets() -> None:
    token = "gh" + "p_" + "a1B2" * 9
    value = {
        "command": f"push {token}",
        "password": "correct horse",
        "nested": [{"apiKey": "abc", "name": "ada", "token": None, "count": 3}, token, True],
    }
    assert redact_json(value) == {
        "command": "push [redacted:github-pat]",
        "password": "[redacted:secret]",
        "nested": [
            {"apiKey": "[redacted:secret]", "name": "ada", "token": None, "count": 3},
            "[redacted:github-pat]",
            True,
        ],
    }


def test_json_that_cannot_be_stored_becomes_storable() -> None:
    deep: object = "x"
    for _ in range(5000):
        deep = [deep]
    found = redact_json({"half": 0.5, "deep": deep})  # type: ignore[dict-item]
    assert isinstance(found, dict)
    assert found["half"] == "0.5"
    assert "…" in json.dumps(found["deep"], ensure_ascii=False)


@given(st.text())
def test_text_without_marks_is_returned_as_it_was(text: str) -> None:
    found = redact(text)
    assert found.marks or found.text == text


def test_letters_that_grow_in_lower_case_do_not_move_the_mark() -> None:
    """``İ`` has two characters in lower case."""
    found = redact("İİİİ PASSWORD=hunter22 next")
    assert found.text == "İİİİ PASSWORD=[redacted:secret] next"


MEGABYTE = 1_000_000
HOSTILE = [
    *("a", "/", "://", "://a:", "a:", "eyJ", "eyJaaaaaaaa.", "sk-", "glagent-", "xoxb-1-", "-us"),
    *("password", "password ", "password=", 'password="', "PASSWORD=", "token= ", "--token "),
    *("-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\n", "awskey", "aws key '"),
    *("curl -u a ", "authorization:bearer ", "1", "M", "AC", "aA1", "aA1bB2-_", "\\n", " "),
    "ghp_ sk-ant- akia aws eyj :// password token key sg. -us do shp gsk_ private key bearer curl ",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_no_faster_than_the_text(piece: str) -> None:
    """Twelve times the text may take thirty times as long, never a hundred and forty-four."""
    small, large = (piece * (size // len(piece)) for size in (MEGABYTE // 12, MEGABYTE))
    redact(small)
    began = time.process_time()
    redact(small)
    between = time.process_time()
    redact(large)
    assert time.process_time() - between < 30 * max(between - began, 0.01)
