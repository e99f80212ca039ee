"""What the meter reads in the requests and answers of ``tests/cases/traffic``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from traffic_answers import CASES as ANSWERS
from traffic_answers import DIALECTS, asked_for, events_of, read

from remit.model.digest import digest_of
from remit.model.traffic import Asked
from remit.model.usage import Usage
from remit.services.scan.prices import Pricing, load_prices

FOLDER = Path(__file__).parents[1] / "cases" / "traffic"
REQUESTS = tomllib.loads((FOLDER / "requests.toml").read_text(encoding="utf-8"))["case"]
HONEST = [case for case in REQUESTS if "refused" not in case]
NOBODY = (digest_of(b""), digest_of(b"null"), digest_of(b"nullnull"))


def ask(case: dict[str, Any]) -> Asked:
    path, body = case["path"], case["body"].encode()
    (dialect,) = [one for one in DIALECTS.values() if one.reads(path.partition("?")[0])]
    return dialect.asked(path, body)


@pytest.mark.parametrize("case", HONEST, ids=lambda case: case["name"])
def test_a_request_is_read(case: dict[str, Any]) -> None:
    asked = ask(case)
    assert (asked.dialect, asked.model, asked.streams) == (
        case["dialect"],
        case["model"],
        case["streams"],
    )
    assert asked.size == len(case["body"])
    assert bool(asked.added) is case.get("added", False)
    assert asked.most_output == case.get("most_output")
    assert asked.framing == case.get("framing", "events")
    assert asked.processing == case.get("processing", "")
    assert (asked.system not in NOBODY) is case.get("system", False)
    assert (asked.tools not in NOBODY) is case.get("tools", False)
    results = [f"{one.call}{' !failed' if one.failed else ''}" for one in asked.results]
    assert results == case.get("results", [])


@pytest.mark.parametrize(
    "case", [case for case in REQUESTS if "refused" in case], ids=lambda case: case["name"]
)
def test_a_request_that_nobody_can_meter_says_why(case: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as raised:
        ask(case)
    assert case["refused"] in str(raised.value)


@pytest.mark.parametrize("case", ANSWERS, ids=lambda case: case["name"])
def test_an_answer_is_counted(case: dict[str, Any]) -> None:
    now = read(case, events_of(case)).progress
    assert now.usage == Usage(**case.get("usage", {}))
    assert now.counted is case.get("counted", True)
    assert now.ended is case.get("ended", True)
    assert bool(now.pieces) is case.get("uncounted", False)
    assert now.calls == case.get("calls", [])
    assert now.searches == case.get("searches", 0)
    told = (now.stop, now.message, now.model, now.processing)
    assert told == tuple(case.get(key, "") for key in ("stop", "message", "model", "processing"))


def test_a_refusal_has_its_sentence_where_clients_look_for_it() -> None:
    for name, dialect in DIALECTS.items():
        body = dialect.refusal('Remit: "no" more \u20ac').decode()
        assert '"message": "Remit: \\"no\\" more \\u20ac"' in body, name


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("gpt-5.5", "openai"),
        ("gpt-5.3-codex", "openai"),
        ("gpt-5.1-2025-11-13", "openai"),
        ("openai/gpt-5.1", "openai"),
        ("gemini-3-pro-preview", "google"),
        ("models/gemini-2.5-flash", "google"),
    ],
)
def test_models_of_these_dialects_have_a_price(model: str, provider: str) -> None:
    row, known = Pricing(load_prices({"HOME": "/nonexistent"}, None)).standard(model, "2026-11-24")
    assert (row.provider, known) == (provider, True)


def test_every_dialect_has_requests_and_answers() -> None:
    assert {case["dialect"] for case in HONEST} == DIALECTS.keys()
    assert {case["dialect"] for case in ANSWERS} == DIALECTS.keys()
    assert asked_for(ANSWERS[0]).dialect in DIALECTS
