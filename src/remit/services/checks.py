"""Runs a contract's checks in clean worktrees and says what they showed.

A check is agent-written code. What decides how it runs comes from the start commit, its
environment is built from nothing, nothing it starts outlives it, and its own account of
itself is a claim that must agree with its exit status.
"""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from remit.codec.junit import SIZE_LIMIT, InvalidReport, parse_junit
from remit.model.contract import Check, Contract
from remit.model.events import CheckPhase, CheckRan, CheckState
from remit.model.tree import Change
from remit.policy.results.claim import Claim
from remit.policy.results.conclude import Conclusion, Observed, conclude
from remit.policy.results.runners import Runner, runner_of
from remit.policy.runner_files import names_others, runner_files
from remit.services.check_enclosure import CheckEnclosure
from remit.services.check_environment import check_environment, is_withheld
from remit.services.lending import lend_dependencies
from remit.services.workspace import TreeSource, Workspace, open_workspace, take_runner_files
from remit.system.bounded import Finished, run_bounded

PREPARE_S = 900
TAIL_LIMIT = 4000
SHARED_TREE = "in one worktree with the contract's other checks, for they share its prepare step"


@dataclass(frozen=True, slots=True)
class CheckSite:
    """Where checks run and what they may know of this machine.

    ``source`` has the commits, and the user's working tree for the dependencies that the
    contract shares; ``workspace_root`` is a private directory of the run; ``environ`` are the
    launching shell's variables; ``runner_commit`` is the start commit; ``enclosure`` says how
    far a check can be held.
    """

    source: TreeSource
    workspace_root: Path
    environ: Mapping[str, str]
    runner_commit: str
    enclosure: CheckEnclosure


@dataclass(frozen=True, slots=True)
class _Round:
    """All checks of one phase at one commit."""

    site: CheckSite
    contract: Contract
    commit: str
    phase: CheckPhase
    runner_changed: tuple[str, ...]
    earlier: Sequence[CheckRan]

    @property
    def runner_from(self) -> str:
        own = self.phase is CheckPhase.AFTER_OWN_RUNNER
        return self.commit if own else self.site.runner_commit


def run_checks(
    contract: Contract,
    source: TreeSource,
    commit: str,
    phase: CheckPhase,
    *,
    runner_commit: str,
    workspace_root: Path,
    environ: Mapping[str, str],
    enclosure: CheckEnclosure,
    earlier: Sequence[CheckRan] = (),
) -> tuple[CheckRan, ...]:
    """Run every check of ``contract`` at ``commit``; blocks until all have ended.

    ``earlier`` are the results of the start commit. In the phase AFTER, a run that changed what
    decides how checks run yields each check twice (AFTER and AFTER_OWN_RUNNER).
    """
    if not contract.evidence.checks:
        return ()
    site = CheckSite(source, workspace_root, environ, runner_commit, enclosure)
    changed = _runner_changed(contract, site, commit) if phase is not CheckPhase.BEFORE else ()
    phases = [phase]
    if phase is CheckPhase.AFTER and changed:
        phases.append(CheckPhase.AFTER_OWN_RUNNER)
    rounds = [_Round(site, contract, commit, one, changed, earlier) for one in phases]
    return tuple(ran for one in rounds for ran in _run_round(one))


def _runner_changed(contract: Contract, site: CheckSite, commit: str) -> tuple[str, ...]:
    """Files that differ from the start commit and decide how the checks run."""
    diffs = site.source.diff(site.runner_commit, commit)
    if not diffs:
        return ()
    texts = {
        entry.path: (site.source.read_file(site.runner_commit, entry.path) or b"").decode(
            "utf-8", "replace"
        )
        for entry in site.source.list_files(site.runner_commit)
        if names_others(entry.path)
    }
    commands = [check.command for check in contract.evidence.checks]
    added = {diff.path for diff in diffs if diff.change is Change.ADDED}
    return runner_files({diff.path for diff in diffs}, added, commands, texts)


def _run_round(one: _Round) -> tuple[CheckRan, ...]:
    """Each check in a workspace of its own; with a ``prepare`` step they share one, in order."""
    checks = one.contract.evidence.checks
    if one.contract.evidence.prepare:
        return _run_in_workspace(one, checks)
    return tuple(ran for check in checks for ran in _run_in_workspace(one, (check,)))


def _run_in_workspace(one: _Round, checks: Sequence[Check]) -> tuple[CheckRan, ...]:
    with open_workspace(one.site.workspace_root) as workspace:
        one.site.source.export_tree(one.commit, workspace.tree)
        if one.phase is CheckPhase.AFTER:
            source, paths = one.site.source, one.runner_changed
            take_runner_files(source, one.site.runner_commit, paths, workspace.tree)
        bench = _bench(one, workspace)
        if len(checks) > 1:
            bench = replace(bench, notes=(*bench.notes, SHARED_TREE))
        if failed := _prepare(one, bench):
            return tuple(_ran(one, check, *failed) for check in checks)
        return tuple(_run_check(one, check, bench) for check in checks)


@dataclass(frozen=True, slots=True)
class _Bench:
    """A workspace ready to run commands in."""

    workspace: Workspace
    env: Mapping[str, str]
    prefix: tuple[str, ...]
    fetching: tuple[str, ...]
    """The prefix of what may reach the network."""
    notes: tuple[str, ...]

    def run(self, prefix: tuple[str, ...], command: str, deadline_s: float) -> Finished:
        argv = [*prefix, "/bin/sh", "-c", command]
        return run_bounded(argv, cwd=self.workspace.tree, env=self.env, deadline_s=deadline_s)


def _bench(one: _Round, workspace: Workspace) -> _Bench:
    root, names = one.site.source.root, one.contract.environment
    env = check_environment(one.site.environ, names, workspace, root)
    lent = lend_dependencies(one.contract.evidence.share, root, workspace, env)
    env["PATH"] = ":".join([*lent.path, env["PATH"]])
    env.update(lent.variables)
    withheld = [name for name in names if is_withheld(name) and name in one.site.environ]
    told = [f"withheld from the check: {name}" for name in withheld]
    enclosure = one.site.enclosure
    env["TMPDIR"] = enclosure.temporary(workspace)
    share = one.contract.evidence.share
    prefix = (*lent.prefix, *enclosure.words(workspace, root, env, share))
    fetching = (*lent.prefix, *enclosure.fetching_words(workspace, root, env, share))
    notes = (enclosure.note, *lent.notes, *told)
    return _Bench(workspace, env, prefix, fetching, notes)


def _prepare(one: _Round, bench: _Bench) -> tuple[Finished, Conclusion, _Bench] | None:
    """Run the contract's ``prepare``; what to say of every check where it did not work."""
    command = one.contract.evidence.prepare
    if not command:
        return None
    finished = bench.run(bench.fetching, command, PREPARE_S)
    if finished.exit_code == 0:
        return None
    how = "did not end in time" if finished.timed_out else f"exit {finished.exit_code}"
    note = f"missing: prepare failed ({how}): {command}"
    return finished, Conclusion(CheckState.CANNOT_RUN, None, (), (note,)), bench


def _run_check(one: _Round, check: Check, bench: _Bench) -> CheckRan:
    runner = runner_of(check.command)
    result_file = bench.workspace.results / f"{secrets.token_hex(8)}.xml"
    command = check.command
    if runner is Runner.PYTEST:
        command += f" {_reporting(result_file)}"
    finished = bench.run(bench.prefix, command, check.time_s)
    observed = Observed(
        runner=runner,
        exit_code=finished.exit_code,
        signal=finished.signal,
        timed_out=finished.timed_out,
        output=finished.output.decode("utf-8", "replace"),
        fault=finished.fault,
        report_asked=runner is Runner.PYTEST,
    )
    conclusion = conclude(_with_report(observed, result_file), _before(one, check))
    return _ran(one, check, finished, conclusion, bench)


def _reporting(result_file: Path) -> str:
    """What makes pytest print a summary and write its result file outside the worktree."""
    words = [f"--junitxml={result_file}", "-o", "junit_family=xunit1", "--verbosity=0"]
    return shlex.join(words)


def _with_report(observed: Observed, result_file: Path) -> Observed:
    if not observed.report_asked or not result_file.is_file() or result_file.is_symlink():
        return observed
    try:
        with result_file.open("rb") as file:
            report = parse_junit(file.read(SIZE_LIMIT + 1))
    except InvalidReport as error:
        return replace(observed, report_fault=error.message)
    claim = Claim(
        passed=len(report.passed),
        failed=len(report.failed),
        skipped=len(report.skipped),
        failing=report.failed,
        ids=frozenset((*report.passed, *report.failed, *report.skipped)),
    )
    return replace(observed, report=claim)


def _before(one: _Round, check: Check) -> CheckRan | None:
    wanted = (check.name, CheckPhase.BEFORE)
    return next((ran for ran in one.earlier if (ran.name, ran.phase) == wanted), None)


def _ran(
    one: _Round, check: Check, finished: Finished, conclusion: Conclusion, bench: _Bench
) -> CheckRan:
    return CheckRan(
        name=check.name,
        command=check.command,
        phase=one.phase,
        commit=one.commit,
        state=conclusion.state,
        exit_code=finished.exit_code,
        duration_ms=finished.duration_ms,
        output_digest=finished.output_digest,
        output_tail=_tail(finished, bench.workspace),
        counts=conclusion.counts,
        failing=conclusion.failing,
        runner_from=one.runner_from,
        runner_changed=one.runner_changed,
        notes=(*bench.notes, *conclusion.notes, *_process_notes(finished)),
    )


def _tail(finished: Finished, workspace: Workspace) -> str:
    """The output's end as text, with our private paths in their plain meaning."""
    text = finished.output.decode("utf-8", "replace")
    text = text.replace(str(workspace.tree), ".").replace(str(workspace.root), "<check>")
    return text[-TAIL_LIMIT:]


def _process_notes(finished: Finished) -> tuple[str, ...]:
    notes = []
    if finished.left_behind:
        plural = "process" if finished.left_behind == 1 else "processes"
        notes.append(f"killed {finished.left_behind} {plural} left behind")
    if finished.survivors:
        notes.append(f"{finished.survivors} processes could not be killed")
    if finished.truncated:
        notes.append(f"output of {finished.output_bytes} bytes, kept in part")
    return tuple(notes)
