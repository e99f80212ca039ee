"""Command lists, and programs whose effects we do not know.

Lists hold command prefixes, and whole commands behind ``=``. They are matched word by word on what
the shell would run, so ``free = ["npm test"]`` frees ``npm 'test'`` and does not free
``npm testing`` or the second command of ``npm test; rm x``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from remit.model.contract import EXACTLY
from remit.model.decision import Outcome, Reason
from remit.model.request import Effect, EffectKind
from remit.policy.rules.case import Case
from remit.policy.rules.wording import listed, short
from remit.policy.shell.facts import facts_of
from remit.policy.shell.runners import odd_word, opened, own_language, same_run, tool_of
from remit.policy.shell.spelled import bare, calm, plainly
from remit.policy.zones import is_goalpost

_LISTED = frozenset(
    {
        EffectKind.RUN,
        EffectKind.UNKNOWN,
        EffectKind.VCS,
        EffectKind.PRIVILEGE,
        EffectKind.AGENT,
        EffectKind.LOOK,
    }
)
_SHELLS = frozenset({"Bash", "Monitor"})


def guard(case: Case) -> Iterator[Reason]:
    if case.request.call.tool not in _SHELLS:
        return
    commands = case.contract.commands
    for line in _lines(case):
        if commands.never or commands.ask:
            for spelling in dict.fromkeys((bare(line), *plainly(line))):
                yield from _listed(spelling, commands.never, Outcome.DENY, "never")
                yield from _listed(spelling, commands.ask, Outcome.ASK, "ask")
        if commands.exact and _permits(line, case) is None:
            yield _not_named(line, case)


def run(effect: Effect, case: Case) -> Reason:
    return _known(effect.target.split(" ", 1)[0])


@lru_cache(maxsize=512)
def _known(program: str) -> Reason:
    return Reason("command.known", Outcome.ALLOW, program, "its effects are judged one by one")


def unknown(effect: Effect, case: Case) -> Reason:
    freed = permission(effect, case)
    if freed is not None:
        return freed
    odd = _odd(effect.via, case)
    if odd:
        return _unusual(effect, odd)
    return Reason(
        "command.unknown",
        Outcome.ASK,
        short(effect.target),
        f"What {short(effect.target)} does cannot be told from its command line.",
        allowed=_free(case),
        ask=f'add "{short(effect.target)}" to commands.free in the contract',
    )


def _odd(line: str, case: Case) -> str:
    """The word that keeps ``line`` from being a check of the contract; ``""`` for none."""
    known = (line for check in case.contract.evidence.checks for line in _lines_of(check.command))
    return next(filter(None, (odd_word(line, check) for check in known)), "")


def _unusual(effect: Effect, word: str) -> Reason:
    program, odd = tool_of(effect.via), short(word)
    return Reason(
        "command.unknown",
        Outcome.ASK,
        f"{program} {odd}",
        f"{program} may run as the contract's check does, but not with {odd}.",
        allowed="the same without it, and options that choose tests, print more or stop earlier",
        ask=f'add "{short(effect.via)}" to commands.free in the contract',
    )


def permission(effect: Effect, case: Case) -> Reason | None:
    """Why the contract's lists permit what the command of ``effect`` does, or None."""
    return _permits(effect.via, case) if effect.via else None


def names_agent(effect: Effect, case: Case) -> str:
    """The item of the free list that permits the command of ``effect`` and names its agent
    itself; ``""`` for none: ``npx`` frees packages, not whoever acts by one."""
    line = effect.via
    named = tuple(
        item
        for item in case.contract.commands.free
        if any(
            found.kind is EffectKind.AGENT and found.target == effect.target
            for found in facts_of(item.removeprefix(EXACTLY), "/").effects
        )
    )
    return _prefix_of(line, named) or _calm_prefix_of(line, named)


def _permits(line: str, case: Case) -> Reason | None:
    free = case.contract.commands.free
    if free and (_prefix_of(line, free) or _calm_prefix_of(line, free)):
        return Reason("command.free", Outcome.ALLOW, short(line), "the contract lists it as free")
    checks = [
        known for check in case.contract.evidence.checks for known in _lines_of(check.command)
    ]
    if any(same_run(line, known) for known in checks):
        return Reason("command.check", Outcome.ALLOW, short(line), "a check of the contract")
    language = own_language(line)
    if language and _own(line, case) and any(language in opened(known) for known in checks):
        return Reason("command.own-code", Outcome.ALLOW, short(line), "code a check runs as well")
    return None


def _own(line: str, case: Case) -> bool:
    """Whether the file that ``line`` runs is a test where the run may edit: the checks of the
    contract run it anyway."""
    read = [path for effect, path in case.paths if effect.via == line]
    return bool(read) and all(
        path.relative is not None
        and is_goalpost(path.relative)
        and case.edit.matches(path.relative)
        and case.edit.holds(path.relative)
        for path in read
    )


def _lines(case: Case) -> tuple[str, ...]:
    """Every command that would run, each once."""
    effects = (effect for effect in case.request.effects if effect.kind in _LISTED)
    return tuple(dict.fromkeys(effect.via or effect.target for effect in effects))


@lru_cache(maxsize=256)
def _lines_of(command: str) -> tuple[str, ...]:
    effects = (effect for effect in facts_of(command, "/").effects if effect.kind in _LISTED)
    return tuple(dict.fromkeys(effect.via for effect in effects if effect.via))


@lru_cache(maxsize=256)
def _spelled(item: str) -> str:
    """A list item in the spelling of command lines; itself where it is not one plain command."""
    lines = _lines_of(item)
    return lines[0] if len(lines) == 1 else item


def _prefix_of(line: str, items: tuple[str, ...]) -> str:
    for item in items:
        known = _spelled(item.removeprefix(EXACTLY))
        if line == known or (not item.startswith(EXACTLY) and line.startswith(f"{known} ")):
            return item
    return ""


def _calm_prefix_of(line: str, items: tuple[str, ...]) -> str:
    quiet = calm(line)
    return "" if quiet == line else _prefix_of(quiet, items)


def _listed(line: str, items: tuple[str, ...], outcome: Outcome, name: str) -> Iterator[Reason]:
    item = _prefix_of(line, items)
    if item:
        yield Reason(
            f"command.{name}",
            outcome,
            short(item),
            f"The contract lists {short(item)!r} under commands.{name}.",
            ask=f'remove "{short(item)}" from commands.{name} in the contract',
        )


def _not_named(line: str, case: Case) -> Reason:
    return Reason(
        "command.not-in-exact-list",
        Outcome.ASK,
        short(line),
        f"The contract lists every command that may run, and {short(line)!r} is not one of them.",
        allowed=_free(case),
        ask=f'add "{short(line)}" to commands.free in the contract',
    )


def _free(case: Case) -> str:
    checks = tuple(check.command for check in case.contract.evidence.checks)
    free = tuple(item.removeprefix(EXACTLY) for item in case.contract.commands.free)
    return _named(checks + free)


@lru_cache(maxsize=64)
def _named(named: tuple[str, ...]) -> str:
    plain = "commands that only read or edit inside the contract"
    return f"{plain}, and {listed(named)}" if named else plain
