"""The published schemas are current, and agree with what Remit itself accepts."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from remit.codec import contract_schema, policy_file
from remit.codec.schema import schema_text
from remit.model.facts import Facts
from remit.services.policy_text import policy_text

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases" / "contracts"
CONTRACT, POLICY = contract_schema.json_schema(), policy_file.json_schema()


@pytest.mark.parametrize(("name", "schema"), [("contract", CONTRACT), ("policy", POLICY)])
def test_the_published_schema_is_current(name: str, schema: dict[str, object]) -> None:
    published = (ROOT / "schema" / f"{name}.v1.json").read_text()
    assert published == schema_text(schema), f"run: remit policy schema {name} > schema/…"
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize(
    ("case", "valid"),
    [
        ("smallest", True),
        ("whole", True),
        ("typos", False),
        ("types", False),
        ("empty", False),
        ("both-checks-and-none", False),
        ("neither-check-nor-none", False),
    ],
)
def test_other_tools_agree_through_the_schema(case: str, valid: bool) -> None:
    values = tomllib.loads((CASES / f"{case}.toml").read_text())
    assert Draft202012Validator(CONTRACT).is_valid(values) is valid


def test_what_init_writes_is_a_valid_policy() -> None:
    values = tomllib.loads(policy_text(Facts()))
    assert Draft202012Validator(POLICY).is_valid(values)
