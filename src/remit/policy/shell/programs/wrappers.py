"""Programs that run another program."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import replace

from remit.model.request import Effect, EffectKind
from remit.policy.shell.args import Arg
from remit.policy.shell.constructs import steered
from remit.policy.shell.dynamic import Family
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import Split, may_mean, split
from remit.policy.shell.programs.builtins import ENVIRON
from remit.policy.shell.programs.spec import each
from remit.policy.wordlist import words

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=")
_ENV_VALUED = words("-u --unset -C --chdir -S --split-string")
_ENV_KNOWN = _ENV_VALUED | words("-i --ignore-environment -0 --null -v --debug --help --version")
_SPLIT_PLAIN = re.compile(r"[^\\$#'\"]+")
"""What ``env -S`` splits at blanks and changes nothing else of."""
_SCRIPT_VALUED = words(
    "-c --command -O --log-out -B --log-io -I --log-in -E --echo -o --output-limit -m "
    "--logging-format -T --log-timing"
)
_TRACE_VALUED = words(
    "-e -o --output -s --string-limit -p --attach -P --trace-path -u --username -E --env -a -b "
    "-O -S -X -n -l -x"
)
_TIMED_PLAIN = words(
    "-w --warmup -m --min-runs -M --max-runs -r --runs -p --prepare -s --setup -c --cleanup -n "
    "--command-name --export-json --export-csv --export-markdown --export-asciidoc "
    "--export-orgmode -u --time-unit --sort --style -N -i --ignore-failure --show-output"
)
_TIMED_VALUED = (_TIMED_PLAIN - words("-N -i --ignore-failure --show-output")) | words(
    "-S --shell -P --parameter-scan -L --parameter-list --input --output -C --conclude"
)


def wrapper(valued: str = "", skip: int = 0, refused: str = "") -> Handler:
    """Runs its operands but the first ``skip``."""
    options, odd = frozenset(valued.split()), frozenset(refused.split())

    def handle(inv: Invocation) -> Iterator[Effect]:
        found = split(inv.args, options, ordered=True)
        if found.may_mean(odd):
            yield inv.unknown()
        yield inv.ran()
        inv.run(found.operands[skip:])

    return handle


def _is_begun(found: Split, valued: frozenset[str]) -> bool:
    """Whether an option may stand for one that takes a value, of which it is the beginning."""
    names = [option.name for option in found.options if option.name not in valued]
    return any(may_mean(name, valued) for name in names)


def _env(inv: Invocation) -> Iterator[Effect]:
    found = split(inv.args, _ENV_VALUED, ordered=True)
    folders = tuple(found.values("-C", "--chdir"))
    texts = tuple(found.values("-S", "--split-string"))
    odd = any(option.name not in _ENV_KNOWN for option in found.options)
    plain = all(text.sure and _SPLIT_PLAIN.fullmatch(text.text) for text in texts)
    if odd or not plain or len(texts) > 1 or len(folders) > 1:
        yield inv.dynamic(Family.COMMAND, inv.line)
    yield from inv.reads(*folders)
    rest = (*(Arg(word) for text in texts for word in text.text.split()), *found.operands)
    while rest and (match := _ASSIGNMENT.match(rest[0].text)):
        yield from steered(match[1], rest[0].text, inv.line)
        rest = rest[1:]
    if not rest:
        yield from inv.reads(ENVIRON)
    yield inv.ran()
    _moved(inv, folders).run(rest)


def _moved(inv: Invocation, folders: tuple[Arg, ...]) -> Invocation:
    """``inv`` as it runs in the last of ``folders``."""
    if not folders:
        return inv
    scope = inv.scope.copy()
    folder = folders[-1]
    scope.enter(folder.text if folder.sure and not folder.wild else None)
    scope.forget({"PWD"})
    return replace(inv, scope=scope)


def _setarch(inv: Invocation) -> Iterator[Effect]:
    """Its first word names an architecture, unless it is an option."""
    named = inv.args[:1] and inv.args[0].sure and not inv.args[0].text.startswith("-")
    found = split(inv.args[1:] if named else inv.args, frozenset({"-p", "--pid"}), ordered=True)
    if found.has("-p", "--pid") or not found.operands:
        yield inv.unknown()
    yield inv.ran()
    inv.run(found.operands)


def _script(inv: Invocation) -> Iterator[Effect]:
    """``script -c 'ls' file`` runs a text and keeps what it prints; without one, a session."""
    found = split(inv.args, _SCRIPT_VALUED)
    texts = tuple(found.values("-c", "--command"))
    kept = (*found.operands, *found.values("-O", "--log-out", "-B", "--log-io", "-I", "--log-in"))
    yield from inv.writes(*(kept or (Arg("typescript"),)))
    begun = _is_begun(found, _SCRIPT_VALUED)
    if len(texts) == 1 and texts[0].sure and len(found.operands) < 2 and not begun:
        inv.shell(texts[0].text)
        yield inv.ran()
    else:
        yield inv.unknown()


def _traced(inv: Invocation) -> Iterator[Effect]:
    """Watches the program it starts; another one that runs already is none of this run's."""
    found = split(inv.args, _TRACE_VALUED, ordered=True)
    begun = _is_begun(found, _TRACE_VALUED)
    if found.has("-p", "--attach", "-u", "--username") or not found.operands or begun:
        yield inv.effect(EffectKind.PRIVILEGE, inv.name)
    outputs = tuple(found.values("-o", "--output"))
    if any(text.text.startswith(("|", "!")) for text in outputs) or found.has("-E", "--env"):
        yield inv.dynamic(Family.COMMAND, inv.line)
    yield from inv.writes(*outputs)
    yield inv.ran()
    inv.run(found.operands)


def _timed(inv: Invocation) -> Iterator[Effect]:
    """``hyperfine`` runs each of its texts by a shell, some of them to prepare."""
    found = split(inv.args, _TIMED_VALUED)
    exported = [
        value
        for option in found.options
        if option.name.startswith("--export")
        for value in (option.value,)
        if value is not None
    ]
    texts = (*found.operands, *found.values("-p", "--prepare", "-s", "--setup", "-c", "--cleanup"))
    plain = all(option.name in _TIMED_PLAIN for option in found.options)
    if all(text.sure for text in texts) and plain:
        for text in texts:
            inv.shell(text.text)
        yield from inv.writes(*exported)
        yield inv.ran()
    else:
        yield inv.dynamic(Family.COMMAND, inv.line)


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


_QUOTES = re.compile(r"['\"`\\]")


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
    rewritten = "{" in text.replace("{}", "")  # other braces are parts of the value, or Perl
    if rewritten or ("{}" in text and _QUOTES.search(text)):  # quotes are quoted by other rules
        yield inv.dynamic(Family.COMMAND, inv.line)
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
    **each("time", wrapper("-f -o --format --output", refused="-o --output -a --append")),
    **each("arch", wrapper("-arch --arch", refused="-d -e")),
    **each("setarch", _setarch),
    **each("linux32 linux64 i386 x86_64", wrapper("", refused="-p --pid")),
    **each("strace ltrace", _traced),
    **each("script", _script),
    **each("hyperfine", _timed),
    **each("unbuffer chronic", wrapper("")),
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
