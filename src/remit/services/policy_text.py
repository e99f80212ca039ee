"""The policy file that ``remit init`` writes: what was found, each line explained."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.codec.toml_write import literal
from remit.model.facts import Facts
from remit.model.policy import PolicyCheck
from remit.model.quantity import format_duration

_HEAD = """\
# Remit's policy for this repository: contracts are drafted from it and bounded by it.
# It counts from the commit that holds it, once a person accepted it on their machine.
# Every line: remit policy show --origin
schema = 1

[scope]
# The most that may be read. Secrets are refused whatever stands here.
read = ["**"]
"""
_COMMANDS = """
[commands]
# Prefixes. What a contract permits by its effects needs no line here.
# free = ["npm run lint"]      # run unasked as well
# ask = ["npm install"]        # wait for a person
never = ["git push"]           # refused

[network]
# The most a contract may reach; none until a host stands here.
"""
_LIMITS = """
[limits]
# The most a contract may ask for.
time = "1h"
attempts = 5
"""


def policy_text(facts: Facts) -> str:
    """TOML with comments for a repository with ``facts``."""
    lines = [_HEAD.rstrip("\n"), *_scope(facts), _COMMANDS.rstrip("\n"), *_hosts(facts)]
    lines += [_LIMITS.rstrip("\n"), *_evidence(facts), *_areas(facts)]
    return "\n".join(lines) + "\n"


def _scope(facts: Facts) -> Iterator[str]:
    yield "# Never edited; a try ends the run."
    yield 'never_edit = [".remit/**"]'
    if facts.artifacts:
        yield "# Ignored places that tools write in passing."
        yield f"artifacts = {literal(facts.artifacts)}"


def _hosts(facts: Facts) -> Iterator[str]:
    if facts.registries:
        yield "# In place of the empty list, if runs are to install what the lock files name:"
        yield f"# hosts = {literal(facts.registries)}"
    yield "hosts = []"


def _evidence(facts: Facts) -> Iterator[str]:
    yield ""
    yield "[evidence]"
    if facts.prepare:
        yield "# Run once in the clean worktree before the checks."
        yield f"prepare = {literal(facts.prepare)}"
    if facts.share:
        yield "# Dependency folders lent to the clean worktree as they were at the start."
        yield f"share = {literal(facts.share)}"
    if not facts.checks:
        yield "# No test command was found. Name one, so that contracts have a check:"
        yield from ("# [[evidence.checks]]", '# name = "tests"', '# command = "make test"')
    names: set[str] = set()
    for known in facts.checks:
        if known.check.name not in names:
            yield from _check(known)
        names.add(known.check.name)


def _check(known: PolicyCheck) -> Iterator[str]:
    yield ""
    yield "[[evidence.checks]]"
    yield f"name = {literal(known.check.name)}"
    yield f"command = {literal(known.check.command)}"
    if known.paths:
        yield "# What it serves."
        yield f"paths = {literal(known.paths)}"
    if known.targeted:
        yield "# The same for chosen test files."
        yield f"targeted = {literal(known.targeted)}"
    yield f"time = {literal(format_duration(known.check.time_s))}"


def _areas(facts: Facts) -> Iterator[str]:
    for area in facts.areas:
        paths = tuple(path for path in area.paths if _fits(path))
        if paths:
            yield ""
            yield "[[areas]]"
            yield f"name = {literal(area.name)}"
            yield f"paths = {literal(paths)}"
            yield f"reviewers = {literal(area.reviewers)}"


def _fits(path: str) -> bool:
    return not re.search(r"^[!#~/]|\\|(^|/)\.{1,2}(/|$)|//|[\x00-\x1f]", path)
