"""Importing rules of dcg and cc-safety-net never lets run what they refuse.

The rules are read here a second time, as their own tools apply them: expressions searched in the
text, arguments looked for among the words. Everything is free in the draft, so that only what it
holds by its own lines is held.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from remit.adapters.render.imports import draft_text
from remit.codec.dcg import parse_dcg
from remit.codec.policy_file import parse_policy
from remit.codec.safety_net import parse_safety_net
from remit.codec.toml_write import literal
from remit.model.decision import Outcome
from remit.model.imports import Fate, Imported
from remit.model.policy import PolicyLayer
from remit.policy.bounds import bound, widest
from remit.policy.layers import merge
from remit.services.explain import DEFAULT_CONTRACT, explain
from remit.services.imports.dcg import DcgFile, import_dcg
from remit.services.imports.safety_net import SafetyFile, import_safety_net

ROOT = "/nowhere/shop"
PROGRAMS = ("frob", "npm", "git", "docker")
WORDS = ("add", "push", "system", "-g", "-A", "-vA", "--all", ".", "x")
COMMANDS = st.lists(st.sampled_from(WORDS), max_size=4).flatmap(
    lambda words: st.sampled_from(PROGRAMS).map(lambda program: [program, *words])
)
PLACES = st.sampled_from(("", "/usr/bin/"))


def outcome(imported: Imported, command: str) -> Outcome:
    merged = merge([parse_policy(draft_text(imported), "draft", PolicyLayer.REPOSITORY)])
    contract = bound(widest(DEFAULT_CONTRACT, merged.policy), merged).contract
    free = (*PROGRAMS, *(f"/usr/bin/{program}" for program in PROGRAMS))
    contract = replace(contract, commands=replace(contract.commands, free=free))
    values = {"command": command}
    return explain("Bash", values, contract, cwd=ROOT, root=ROOT, home="/home/ada").decision.outcome


def refused(rule: dict[str, object], words: Sequence[str]) -> bool:
    """As cc-safety-net applies a rule to the words of one command."""
    plain = [word for word in words[1:] if not word.startswith("-")]
    if rule["command"] != words[0].rpartition("/")[2]:
        return False
    if rule.get("subcommand") and plain[:1] != [rule["subcommand"]]:
        return False
    letters = {f"-{c}" for w in words if re.match(r"-[^-]", w) for c in w[1:] if c.isalpha()}
    arguments = rule["block_args"]
    assert isinstance(arguments, list)
    return bool(set(arguments) & {*words, *letters})


@settings(max_examples=300)
@given(data=st.data(), words=COMMANDS, place=PLACES)
def test_what_safety_net_refuses_never_runs(
    data: st.DataObject, words: list[str], place: str
) -> None:
    subcommands = st.none() | st.sampled_from([w for w in words[1:] if w[0].isalpha()] or ["x"])
    arguments = st.lists(st.sampled_from(WORDS), min_size=1, max_size=2)
    rule = {
        "name": "one",
        "reason": "ours",
        "command": data.draw(st.sampled_from((words[0], "frob"))),
        "block_args": data.draw(arguments),
    }
    if subcommand := data.draw(subcommands):
        rule["subcommand"] = subcommand
    text = json.dumps({"version": 1, "rules": [rule]}).encode()
    imported = import_safety_net([SafetyFile("s.json", parse_safety_net(text, "s.json"))])
    if refused(rule, words):
        assert outcome(imported, place + " ".join(words)) is not Outcome.ALLOW


PIECES = st.sampled_from(
    ("frob", "npm", "push", "add", "(add|push)", "(?:x|system)", "-A", "pus?h")
)
BLANKS = st.sampled_from((r"\s+", " ", r"\s+.*", r"\s"))
ENDS = st.sampled_from(("", r"\b", "$", r"(\s|$)", ".*", r"\s+.*", r"\s+--all"))


SAID = ("add", "push", "system", "x", "frob", "npm", "-A", "push now", "--all")


@st.composite
def expressions(draw: st.DrawFn) -> tuple[str, str]:
    """An expression, and a command that begins with the same program."""
    program = draw(st.sampled_from(PROGRAMS))
    text = draw(st.sampled_from(("", "^", r"\b"))) + program
    for _ in range(draw(st.integers(0, 2))):
        text += draw(BLANKS) + draw(PIECES)
    words = draw(st.lists(st.sampled_from(SAID), max_size=3))
    return text + draw(ENDS), " ".join((program, *words))


@settings(max_examples=400)
@given(drawn=expressions())
def test_what_an_expression_of_dcg_refuses_never_runs(drawn: tuple[str, str]) -> None:
    pattern, command = drawn
    block = f"overrides.block = [{{ pattern = {literal(pattern)}, reason = 'ours' }}]"
    imported = import_dcg([DcgFile("d.toml", parse_dcg(block.encode(), "d.toml"))])
    # The same text further on is an argument: `npm npm frob` does not run `npm frob`.
    if imported.entries[0].fate is not Fate.LEFT and re.match(pattern, command):
        assert outcome(imported, command) is not Outcome.ALLOW
