"""A contract drafted from the goal, the repository's facts and the policy.

The guesses are narrow, and each says why it stands there: a person reads it before a start.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from remit.model.contract import (
    Budget,
    Check,
    Commands,
    Contract,
    Evidence,
    People,
    Scope,
    Shows,
    Stop,
    Tools,
)
from remit.model.facts import Facts
from remit.model.policy import Area, Policy, PolicyCheck
from remit.policy.bounds import filled_budget
from remit.policy.covers import path_covers, paths_meet
from remit.policy.matching import Patterns
from remit.services.discover import CODE_ENDINGS
from remit.services.goals import Match, is_test, named_files
from remit.services.templates import KINDS, Template, template_of

_MOST_TARGETS = 5
_MOST_CHECKS = 4
_MOST_ROOT_FILES = 12
_SCRIPT_TESTS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx")
_TESTED_BY = (
    (re.compile(r"\bpython\S* -m "), (".py",)),
    (re.compile(r"\b(node|npx|vitest|jest|mocha)\b"), _SCRIPT_TESTS),
    (re.compile(r"\brspec\b"), (".rb",)),
    (re.compile(r"\bphpunit\b"), (".php",)),
)
"""What a runner's files end in; one that is not listed is given every test the goal names."""
_DOCUMENT = re.compile(r"(^|/)docs?/|\.(md|rst|adoc|txt)$")
_NO_CHECK = "no check: no test command was found; name one under [[evidence.checks]]"
_WHOLE_SUITE = "check: the whole suite, as no test file is called like a word of the goal"


@dataclass(frozen=True, slots=True)
class Draft:
    """The drafted contract, and why each guessed line stands there."""

    contract: Contract
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Guess:
    """One guessed part and the reason shown with it."""

    edit: tuple[str, ...]
    tests: tuple[str, ...]
    note: str


def draft(
    goal: str,
    facts: Facts,
    policy: Policy,
    git_user: str | None,
    template: Template | None = None,
) -> Draft:
    """A contract for ``goal`` as narrow as the repository lets us guess.

    ``policy`` is the merged policy. Without a ``template`` the goal's words choose one.
    """
    chosen = template or template_of(goal)
    kind = KINDS[chosen]
    guess = _guess(goal, chosen, facts, policy)
    evidence, check_note = _evidence(chosen, guess, facts, policy)
    reviewer, owner = _answerable(guess.edit, facts, policy, git_user)
    contract = Contract(
        goal=" ".join(goal.split()),
        scope=Scope(guess.edit, policy.read or Scope().read, _artifacts(facts, policy)),
        evidence=evidence,
        keep=kind.keep,
        exclude=kind.exclude,
        people=People(git_user, reviewer, owner),
        commands=Commands(_free(evidence, facts, policy), policy.ask, policy.never, policy.exact),
        tools=Tools(policy.tools_allow or (), policy.tools_deny),
        mcp=policy.mcp or (),
        hosts=policy.hosts or (),
        budget=filled_budget(Budget(), policy.ceiling),
        stop=Stop(policy.zones, policy.stop_paths, _opened(chosen, policy)),
        environment=policy.environment or (),
    )
    return Draft(contract, (guess.note, check_note))


def _guess(goal: str, template: Template, facts: Facts, policy: Policy) -> _Guess:
    """What may change, inside what the policy lets change."""
    files = _editable(facts.files, policy)
    if template is Template.DOCS:
        files = tuple(path for path in files if _DOCUMENT.search(path))
    matches = named_files(goal, files)
    tests = tuple(dict.fromkeys(f for m in matches for f in m.files if is_test(f)))
    edit, note = _edit_scope(template, matches, facts)
    permitted = tuple(pattern for pattern in edit if _permitted(pattern, policy))
    if len(permitted) < len(edit):
        note += "; the policy takes out " + ", ".join(p for p in edit if p not in permitted)
    return _Guess(permitted, tests, note)


def _editable(files: Sequence[str], policy: Policy) -> tuple[str, ...]:
    never = Patterns((*policy.never_edit, *policy.outputs))
    inside = Patterns(policy.edit) if policy.edit is not None else None
    return tuple(
        path
        for path in files
        if not never.matches(path) and (inside is None or inside.matches(path))
    )


def _permitted(pattern: str, policy: Policy) -> bool:
    if any(path_covers(never, pattern) for never in policy.never_edit):
        return False
    return policy.edit is None or any(path_covers(wide, pattern) for wide in policy.edit)


def _edit_scope(
    template: Template, matches: Sequence[Match], facts: Facts
) -> tuple[tuple[str, ...], str]:
    match template:
        case Template.UPGRADE if facts.manifests:
            return facts.manifests, "may change: manifests, lock files and CI configuration"
        case Template.DOCS if not matches:
            return _doc_patterns(facts), "may change: documentation"
        case Template.MIGRATION:
            return _migration_scope(matches, facts)
    patterns = tuple(dict.fromkeys(p for match in matches for p in match.patterns))
    words = ", ".join(f"“{match.word}”" for match in matches)
    if patterns and template is Template.BUG and _only_tests(matches):
        source = _whole(facts.source_folders) or _root_code(facts)
        note = f"may change: tests that the goal names ({words}), and the source they test"
        return tuple(dict.fromkeys((*source, *patterns))), note
    if patterns:
        return patterns, f"may change: files that the goal names ({words})"
    whole = _whole(facts.source_folders + facts.test_folders) or _root_code(facts)
    if whole:
        return whole, "may change: source and tests, as no file is called like a word of the goal"
    return (), "may change: nothing yet, as no source folder was found; name it under [scope]"


def _only_tests(matches: Sequence[Match]) -> bool:
    """Words of the goal name tests and nothing that could be repaired. Written paths are meant
    as they stand."""
    written = any("/" in match.word or "." in match.word for match in matches)
    return not written and all(is_test(path) for match in matches for path in match.files)


def _whole(folders: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{folder}/**" for folder in dict.fromkeys(folders))


def _root_code(facts: Facts) -> tuple[str, ...]:
    """Code that lies in the root, each file by its name: there is no folder to name."""
    code = tuple(path for path in facts.files if "/" not in path and path.endswith(CODE_ENDINGS))
    return code if len(code) <= _MOST_ROOT_FILES else ()


def _doc_patterns(facts: Facts) -> tuple[str, ...]:
    folders = [
        name for name in ("docs", "doc") if any(f.startswith(name + "/") for f in facts.files)
    ]
    return ("*.md", *(f"{folder}/**" for folder in folders))


def _migration_scope(matches: Sequence[Match], facts: Facts) -> tuple[tuple[str, ...], str]:
    named = [path for match in matches for path in match.files]
    folders = [m[0] for f in facts.files if (m := re.match(r"(?:.*/)?migrat\w*/", f))]
    patterns = (*named, *(f"{folder}**" for folder in folders))
    note = "may change: files the goal names, each by its path, and the migrations folder"
    return tuple(dict.fromkeys(patterns)), note


def _opened(template: Template, policy: Policy) -> tuple[str, ...]:
    """A migration opens its zone, where the policy lets contracts open it."""
    permitted = policy.allow_zones is None or "migrations" in policy.allow_zones
    return ("migrations",) if template is Template.MIGRATION and permitted else ()


def _artifacts(facts: Facts, policy: Policy) -> tuple[str, ...]:
    return facts.artifacts if policy.artifacts is None else policy.artifacts


def _answerable(
    edit: Sequence[str], facts: Facts, policy: Policy, git_user: str | None
) -> tuple[str | None, str | None]:
    """Reviewer and owner of the area that the edit scope meets, where there is just one."""
    areas = [area for area in (*policy.areas, *facts.areas) if _in_area(area, edit)]
    others = [name for area in areas for name in area.reviewers if name != git_user]
    owners = [name for area in areas for name in area.owners]
    return next(iter(others), None), next(iter(owners), None)


def _in_area(area: Area, edit: Sequence[str]) -> bool:
    return any(paths_meet(path, pattern) for path in area.paths for pattern in edit)


def _evidence(
    template: Template, guess: _Guess, facts: Facts, policy: Policy
) -> tuple[Evidence, str]:
    share = facts.share if policy.share is None else policy.share
    prepare = policy.prepare or facts.prepare
    if template is Template.DOCS and not guess.tests:
        reason = "documentation only: read the diff"
        return Evidence(none=reason), "no check: documentation has none; the diff is read"
    serving = _serving(policy.checks or facts.checks, guess.edit)
    if not serving:
        return Evidence(prepare=prepare, share=share), _NO_CHECK
    drafted = [_check(known, guess.tests, KINDS[template].shows) for known in serving]
    note = drafted[0][1] if len(drafted) == 1 else "check: those of every part that may change"
    return Evidence(tuple(check for check, _ in drafted), prepare=prepare, share=share), note


def _free(evidence: Evidence, facts: Facts, policy: Policy) -> tuple[str, ...]:
    """Commands that run unasked: the policy's, else the repository's other suites, because who
    repairs one test runs the others as well."""
    if policy.free is not None or policy.exact or not evidence.checks:
        return policy.free or ()
    drafted = {check.command for check in evidence.checks}
    suites = [known.check.command for known in policy.checks or facts.checks]
    return tuple(command for command in dict.fromkeys(suites) if command not in drafted)


def _serving(checks: Sequence[PolicyCheck], edit: Sequence[str]) -> tuple[PolicyCheck, ...]:
    """The checks made for what is edited, else the first that serves everything."""
    made = [k for k in checks if any(paths_meet(p, e) for p in k.paths for e in edit)]
    return tuple(made[:_MOST_CHECKS] or [k for k in checks if not k.paths][:1])


def _tests_of(known: PolicyCheck, tests: Sequence[str]) -> tuple[str, ...]:
    """Those of ``tests`` that the check serves and that its runner can read."""
    served = Patterns(known.paths) if known.paths else None
    endings = next((ends for sign, ends in _TESTED_BY if sign.search(known.targeted)), ("",))
    return tuple(
        path
        for path in tests
        if path.endswith(endings) and (served is None or served.matches(path))
    )


def _check(known: PolicyCheck, named: Sequence[str], shows: Shows) -> tuple[Check, str]:
    base, tests = known.check, _tests_of(known, named)
    if known.targeted and 0 < len(tests) <= _MOST_TARGETS:
        command = known.targeted.replace("{paths}", " ".join(map(shlex.quote, tests)))
        return Check(base.name, command, shows, base.time_s), "check: the tests the goal names"
    return Check(base.name, base.command, shows, base.time_s), _WHOLE_SUITE
