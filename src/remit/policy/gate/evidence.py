"""Whether the contract's checks show what it asks, at this very commit."""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.contract import Check, RiskClass, Shows
from remit.model.events import UNCONFINED, CheckRan, CheckState
from remit.model.packet import CheckResult
from remit.model.tree import Change
from remit.model.untrusted import well_formed
from remit.model.verdict import Finding, Severity
from remit.policy.gate.facts import SHOWN, ChangedFile, GateInput, came_to_nothing
from remit.policy.gate.risk import risk_of
from remit.policy.results import evaluate
from remit.policy.zones import is_goalpost

_STATES = {
    CheckState.CONTRADICTED: (
        "evidence.contradicted",
        "exit status, test ids and summary do not agree",
        "look at the check's output: a result file may have been forged",
    ),
    CheckState.CANNOT_RUN: (
        "evidence.cannot-run",
        "could not be run",
        "make what it needs available (evidence.prepare, evidence.share), then run again",
    ),
    CheckState.TIMED_OUT: (
        "evidence.timed-out",
        "did not end within its time",
        "give it more time in the contract, or repair what hangs",
    ),
}


def checks(given: GateInput) -> Iterator[Finding]:
    results = {result.name.text: result for result in given.packet.checks}
    for check in given.packet.contract.evidence.checks:
        yield from _check(given, check, results.get(well_formed(check.name)))


def _check(given: GateInput, check: Check, result: CheckResult | None) -> Iterator[Finding]:
    name = well_formed(check.name)
    if result is None or result.after is None:
        if came_to_nothing(given.packet):
            return
        message = "the contract asks for this check and no result of it exists"
        fix = f"run again; the check is: {check.command}"
        yield Finding("evidence.missing", Severity.BLOCK, message, name, fix)
        return
    if told := _STATES.get(result.after.state):
        rule, message, fix = told
        yield Finding(rule, Severity.BLOCK, _with_notes(message, result.after), name, fix)
        return
    satisfied, why = evaluate(check, result.before, result.after)
    if not satisfied:
        fix = f"the check must show {check.shows.value}: {check.command}"
        yield Finding("evidence.not-satisfied", Severity.BLOCK, why, name, fix)
    yield from _stale(given, name, result)
    yield from _unconfined(given, name, result.after)
    yield from _runner(name, result)


def _with_notes(message: str, ran: CheckRan) -> str:
    return f"{message}: {'; '.join(ran.notes)}" if ran.notes else message


def _stale(given: GateInput, name: str, result: CheckResult) -> Iterator[Finding]:
    """A result speaks only for the commit it was gathered at."""
    packet = given.packet
    expected = ((result.before, packet.origin.base), (result.after, packet.subject.commit))
    for ran, commit in expected:
        if ran and commit and ran.commit != commit:
            yield Finding(
                "evidence.stale",
                Severity.BLOCK,
                f"was run at {ran.commit[:SHOWN]}, not at {commit[:SHOWN]}",
                name,
                "run again at this commit",
            )


def _unconfined(given: GateInput, name: str, after: CheckRan) -> Iterator[Finding]:
    """A check that could read keys and write anywhere proves too little for the high class."""
    if UNCONFINED in after.notes and risk_of(given) is RiskClass.HIGH:
        message = "was run unconfined, which is not evidence enough for the high class"
        fix = "run again where checks are confined: see SECURITY.md"
        yield Finding("evidence.unconfined", Severity.BLOCK, message, name, fix)


def _runner(name: str, result: CheckResult) -> Iterator[Finding]:
    after, own = result.after, result.own_runner
    if after is None or not after.runner_changed:
        return
    changed = ", ".join(after.runner_changed)
    if own is None or _shown(own) != _shown(after):
        yield Finding(
            "evidence.runner-differs",
            Severity.BLOCK,
            f"the run changed how its check runs ({changed}), and the result depends on it",
            name,
            "change how checks run in a change of its own",
        )
    else:
        message = (
            f"the run changed how its check runs ({changed}); the result is the same with both"
        )
        yield Finding("evidence.runner-changed", Severity.NOTE, message, name)


def _shown(ran: CheckRan) -> tuple[object, ...]:
    return (ran.state, ran.exit_code, ran.counts, ran.failing)


def none(given: GateInput) -> Iterator[Finding]:
    evidence = given.packet.contract.evidence
    if evidence.checks:
        return
    if not evidence.none.strip():
        message = "the contract names no check and no reason for having none"
        fix = "name a check, or the reason, under [evidence]"
        yield Finding("evidence.missing", Severity.BLOCK, message, "", fix)
    elif risk_of(given) is RiskClass.LOW:
        message = f"no check exists: {evidence.none}"
        yield Finding("evidence.none", Severity.NOTE, message, "", "read the whole diff")
    else:
        message = f"a change of the {risk_of(given).value} class needs a check"
        fix = "run again under a contract with a check"
        yield Finding("evidence.none-above-low", Severity.BLOCK, message, "", fix)


def goalposts(given: GateInput) -> Iterator[Finding]:
    """What says what passes was changed in the run that had to pass."""
    files = given.git.files if given.git else ()
    posts = [file for file in files if is_goalpost(file.path)]
    if not posts:
        return
    shows = {check.shows for check in given.packet.contract.evidence.checks}
    if len(posts) == len(files) and Shows.RED_THEN_GREEN in shows:
        yield Finding(
            "goalposts.only",
            Severity.BLOCK,
            "the check turned green though only what says what passes was changed",
            well_formed(posts[0].path),
            'repair the code; or, where the test itself is the task, ask for shows = "green"',
        )
    for file in posts:
        yield _goalpost(given, file)


def _goalpost(given: GateInput, file: ChangedFile) -> Finding:
    lost = file.change is Change.DELETED or file.removed is None or file.removed > 0
    path = well_formed(file.path)
    if lost and risk_of(given) is not RiskClass.LOW:
        message = "lines of a test, fixture or threshold were taken away by the run it judges"
        fix = "keep what was there, or change the goalposts in a change of its own"
        return Finding("goalposts.weakened", Severity.BLOCK, message, path, fix)
    what = "lines taken away" if lost else "lines added only"
    message = f"a test, fixture or threshold changed in the run it judges ({what})"
    return Finding("goalposts.changed", Severity.NOTE, message, path, "read this change first")


RULES = (checks, none, goalposts)
