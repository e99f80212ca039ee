"""Programs that run another program."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from remit.model.request import Effect, EffectKind
from remit.policy.shell.args import Arg
from remit.policy.shell.constructs import steered
from remit.policy.shell.dynamic import Family
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import split
from remit.policy.shell.programs.builtins import ENVIRON
from remit.policy.shell.programs.spec import each
from remit.policy.wordlist import words

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=")


def wrapper(valued: str = "", skip: int = 0, refused: str = "") -> Handler:
    """Runs its operands but the first ``skip``."""
    options, odd = frozenset(valued.split()), frozenset(refused.split())

    def handle(inv: Invocation) -> Iterator[Effect]:
        found = split(inv.args, options, ordered=True)
        if any(option.name in odd for option in found.options):
            yield inv.unknown()
        yield inv.ran()
        inv.run(found.operands[skip:])

    return handle


def _env(inv: Invocation) -> Iterator[Effect]:
    valued = frozenset(["-u", "--unset", "-C", "--chdir", "-S", "--split-string"])
    found = split(inv.args, valued, ordered=True)
    rest = found.operands
    if found.has("-S", "--split-string", "-C", "--chdir"):
        yield inv.dynamic(Family.COMMAND, inv.line)
    while rest and (match := _ASSIGNMENT.match(rest[0].text)):
        yield from steered(match[1], rest[0].text, inv.line)
        rest = rest[1:]
    if not rest:
        yield from inv.reads(ENVIRON)
    yield inv.ran()
    inv.run(rest)


def _command(inv: Invocation) -> Iterator[Effect]:
    found = split(inv.args, ordered=True)
    yield inv.ran()
    if not found.has("-v", "-V"):
        inv.run(found.operands)


def _exec(inv: Invocation) -> Iterator[Effect]:
    yield inv.ran()
    inv.run(split(inv.args, frozenset({"-a"}), ordered=True).operands)


def _privilege(inv: Invocation) -> Iterator[Effect]:
    """Becomes somebody else; what it would run is named all the same."""
    yield inv.effect(EffectKind.PRIVILEGE, inv.name)
    valued = words("-u -g -h -p -C -T -R -D -U -c --user --group")
    inv.run(split(inv.args, valued, ordered=True).operands)


def _become(inv: Invocation) -> Iterator[Effect]:
    yield inv.effect(EffectKind.PRIVILEGE, inv.name)


def _watch(inv: Invocation) -> Iterator[Effect]:
    found = split(inv.args, frozenset(["-n", "--interval", "-q"]), ordered=True)
    if all(arg.sure for arg in found.operands):
        inv.shell(" ".join(arg.text for arg in found.operands))
        yield inv.ran()
    else:
        yield inv.dynamic(Family.COMMAND, inv.line)


def _flock(inv: Invocation) -> Iterator[Effect]:
    found = split(inv.args, frozenset(["-w", "--timeout", "-E", "-c", "--command"]), ordered=True)
    yield from inv.writes(*found.operands[:1])
    rest = found.operands[1:]
    if rest and rest[0].text in ("-c", "--command"):
        inv.run((Arg("sh"), *rest))
    else:
        inv.run(rest)
    yield inv.ran()


def _applets(inv: Invocation) -> Iterator[Effect]:
    """One program that is many: its first word says which."""
    yield inv.ran()
    if inv.args and not inv.args[0].text.startswith("--"):
        inv.run(inv.args)


MOST_ROUNDS = 12
_PARALLEL_FREE = re.compile(
    r"-j\d*|--jobs(?:=\d+)?|--eta|--bar|-k|--keep-order|--progress|--will-cite|--tag|\d+"
)


def _parallel(inv: Invocation) -> Iterator[Effect]:
    """Runs its words as a script once for each argument after ``:::``."""
    given = list(inv.args)
    mark = next((at for at, arg in enumerate(given) if arg.text == ":::"), None)
    begin = next((at for at, arg in enumerate(given) if not _PARALLEL_FREE.fullmatch(arg.text)), 0)
    if mark is None or not all(arg.sure for arg in given) or len(given) - mark > MOST_ROUNDS:
        yield inv.dynamic(Family.COMMAND, inv.line)
        return
    words_ = [arg.text for arg in given[begin:mark]]
    text = " ".join(words_)
    if text.startswith("-"):
        yield inv.unknown()
        return
    for value in given[mark + 1 :]:
        quoted = shlex.quote(value.text)
        filled = text.replace("{}", quoted) if "{}" in text else f"{text} {quoted}"
        inv.shell(filled if text else value.text)
        if any(shlex.quote(word) != word for word in words_[1:] if word != "{}"):
            inv.run(_apart(given[begin:mark], value))
    yield inv.ran()


def _apart(words_: list[Arg], value: Arg) -> tuple[Arg, ...]:
    """The words as they were written: some take them so, others put them in one script and lose
    their quotes, and what runs is judged both ways."""
    filled = tuple(Arg(word.text.replace("{}", value.text)) for word in words_)
    return filled if any("{}" in word.text for word in words_) else (*filled, value)


PROGRAMS: dict[str, Handler] = {
    **each("timeout gtimeout", wrapper("-k --kill-after -s --signal", 1)),
    **each("nohup setsid builtin", wrapper("")),
    **each("time", wrapper("-f -o", refused="-o --output -a")),
    **each("arch", wrapper("", refused="-d -e")),
    **each("nice", wrapper("-n --adjustment")),
    **each("ionice", wrapper("-c -n -p -P", refused="-p -P")),
    **each("stdbuf", wrapper("-i -o -e")),
    **each("chrt taskset", wrapper("-T -P -D", 1, refused="-p")),
    **each("busybox toybox rtk", _applets),
    **each("parallel", _parallel),
    **each("env", _env),
    **each("command", _command),
    **each("exec", _exec),
    **each("watch", _watch),
    **each("flock", _flock),
    **each("sudo doas pkexec runuser", _privilege),
    **each("su chroot unshare nsenter newgrp setpriv bwrap firejail sg login", _become),
}
