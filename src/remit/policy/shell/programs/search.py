"""Programs that find files, and may do something with each."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace

from remit.model.request import Effect
from remit.policy.shell.args import Arg
from remit.policy.shell.feed import Feed
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import split
from remit.policy.shell.programs.spec import each
from remit.policy.wordlist import words
from remit.policy.zones import is_secret, may_be_secret

_RUNS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
_BESIDE = frozenset({"-execdir", "-okdir"})
_FILES = frozenset({"-fprint", "-fprint0", "-fls", "-fprintf"})
_PRINTS = frozenset({"-printf", "-ls", *_RUNS, *_FILES})
"""With these, what is printed are not only the paths found."""
_GLOBAL = frozenset({"-H", "-L", "-P", "-O0", "-O1", "-O2", "-O3", "-D", "--"})


def _find(inv: Invocation) -> Iterator[Effect]:
    roots, rest = _roots(inv.args)
    below = tuple(_below(root) for root in roots) + tuple(_secrets(roots, rest))
    yield from inv.reads(*roots)
    at = 0
    while at < len(rest):
        word = rest[at].text
        at += 1
        if word in _RUNS:
            command, at = _until_end(rest, at)
            beside = word in _BESIDE
            where = _beside(inv) if beside else inv
            paths = tuple(_absolute(inv, path) for path in below) if beside else below
            where.run(tuple(arg for part in command for arg in _filled(part, paths)))
        elif word == "-delete":
            yield from inv.deletes(*below)
        elif word in _FILES:
            yield from inv.writes(*rest[at : at + 1])
            at += 1
        elif word in ("-files0-from", "-newer", "-anewer", "-cnewer", "-samefile"):
            yield from inv.reads(*rest[at : at + 1])
        elif not rest[at - 1].sure and not rest[at - 1].quoted:
            yield inv.unknown(f"{inv.name} with computed arguments")
    if any(arg.text in _PRINTS for arg in rest):
        inv.outputs.clear()  # several commands may print in turn
    else:
        inv.outputs.extend(below)
    yield inv.ran()


_NAMED = words("-name -iname -path -ipath -wholename -iwholename")


def _secrets(roots: tuple[Arg, ...], rest: tuple[Arg, ...]) -> Iterator[Arg]:
    """Files of secrets that are looked for by their names."""
    for at, arg in enumerate(rest[1:], 1):
        name = posixpath.basename(arg.text)
        denied = at > 1 and rest[at - 2].text in ("!", "-not")
        named = rest[at - 1].text in _NAMED and name and not denied
        if named and (is_secret(name) or may_be_secret(name)):
            yield from (Arg(posixpath.join(root.text, name), root.sure, True) for root in roots)


def _beside(inv: Invocation) -> Invocation:
    """Runs in the folder of each file found, wherever that is."""
    scope = inv.scope.copy()
    scope.enter(None)
    scope.forget({"PWD"})
    return replace(inv, scope=scope)


def _absolute(inv: Invocation, path: Arg) -> Arg:
    here = inv.scope.variables.get("PWD")
    if here is None or not here.sure or path.text.startswith(("/", "~")):
        return path
    return Arg(posixpath.join(here.text, path.text), path.sure, path.wild)


def _roots(args: tuple[Arg, ...]) -> tuple[tuple[Arg, ...], tuple[Arg, ...]]:
    at = 0
    while at < len(args) and args[at].text in _GLOBAL:
        at += 2 if args[at].text == "-D" else 1
    start = at
    while at < len(args) and not args[at].text.startswith(("-", "(", ")", "!", ",")):
        at += 1
    return args[start:at] or (Arg("."),), args[at:]


def _until_end(rest: tuple[Arg, ...], at: int) -> tuple[tuple[Arg, ...], int]:
    start = at
    while at < len(rest) and rest[at].text != ";":
        if rest[at].text == "+" and rest[at - 1].text == "{}" and at > start:
            break
        at += 1
    return rest[start:at], at + 1


def _filled(arg: Arg, below: tuple[Arg, ...]) -> tuple[Arg, ...]:
    """``{}`` becomes every path found; text round it makes it a path nobody knows."""
    if arg.text == "{}":
        return below
    if "{}" in arg.text:
        return (Arg(arg.text, False),)
    return (arg,)


def _below(root: Arg) -> Arg:
    return Arg(posixpath.join(root.text, "**"), root.sure, True)


_FD_VALUED = words(
    "-e --extension -t --type -d --max-depth --min-depth -E --exclude -c --color -j "
    "--threads -S --size --changed-within --changed-before -C --base-directory "
    "--search-path -o --owner"
)


_FD_RUNS = re.compile(r"-[A-Za-z]*[xX].*|--exec(?:-batch)?(?:=.*)?")


def _fd(inv: Invocation) -> Iterator[Effect]:
    at = next((at for at, arg in enumerate(inv.args) if _FD_RUNS.fullmatch(arg.text)), None)
    found = split(inv.args[:at], _FD_VALUED)
    places = tuple(found.values("-C", "--base-directory", "--search-path"))
    roots = found.operands[1:] or (Arg("."),)
    if at is not None:
        mark, command = inv.args[at].text, inv.args[at + 1 :]
        below = tuple(_below(root) for root in (*roots, *places))
        inv.run(tuple(arg for part in command for arg in _filled(part, below)) or below)
        plain = mark in ("-x", "-X", "--exec", "--exec-batch") and not found.has("-C")
        if not plain or not any("{" in arg.text for arg in command):
            yield inv.unknown(f"{inv.name} {mark}")
    yield from inv.reads(*roots, *places)
    inv.outputs.extend(_below(root) for root in roots)
    yield inv.ran()


_XARGS_VALUED = words(
    "-I -n -L -P -s -d -a -E --max-args --max-procs --delimiter --arg-file --max-chars"
)
_XARGS_PLAIN = _XARGS_VALUED | words(
    "-0 -r -t -p -x -i -l -e -o --null --no-run-if-empty --verbose --exit "
    "--replace --max-lines --eof"
)


_READERS = words(
    "cat tac nl head tail wc grep egrep fgrep rg ls stat file du cksum md5sum sha1sum sha256sum "
    "sha512sum "
    "realpath readlink basename dirname echo sort uniq cut od hexdump diff cmp strings zcat jq"
)
"""Started by an ``xargs`` that nothing was piped into, these have nothing to read."""


def _xargs(inv: Invocation) -> Iterator[Effect]:
    """What arrives is an argument: known only where the writer prints paths we know."""
    found = split(inv.args, _XARGS_VALUED, ordered=True)
    command = found.operands or (Arg("echo"),)
    arriving = inv.feed.paths or (Arg("what xargs is given", False),)
    if inv.feed == Feed() and command[0].sure and command[0].text in _READERS:
        arriving = ()
    if any(option.name not in _XARGS_PLAIN for option in found.options):
        yield inv.unknown()
    if found.has("-a", "--arg-file"):
        yield from inv.reads(*found.values("-a", "--arg-file"))
        arriving = (Arg("what xargs is given", False),)
    if any(value.text not in ("\\n", "\\0") for value in found.values("-d", "--delimiter")):
        arriving = (Arg("what xargs is given", False),)
    mark = next(found.values("-I", "--replace"), None)
    if mark is None and found.has("-i", "--replace"):
        mark = Arg("{}")
    if mark is not None:
        filled = [_replaced(arg, mark.text, arriving) for arg in command]
        command = tuple(arg for part in filled for arg in part)
    else:
        command = (*command, *arriving)
    yield inv.ran()
    inv.run(command)


def _replaced(arg: Arg, mark: str, arriving: tuple[Arg, ...]) -> tuple[Arg, ...]:
    if arg.text == mark:
        return arriving
    if mark not in arg.text:
        return (arg,)
    folder, _, rest = arg.text.partition(mark)
    below = (folder.endswith("/") or not folder) and "/" not in rest and mark not in rest
    if below and all(_relative(path) for path in arriving):
        return tuple(Arg(f"{folder}{path.text}{rest}", True, True) for path in arriving)
    return (Arg(arg.text, False),)


def _relative(path: Arg) -> bool:
    plain = path.sure and path.wild and not path.text.startswith(("/", "~"))
    return plain and ".." not in path.text.split("/")


PROGRAMS: dict[str, Handler] = {
    **each("find gfind", _find),
    **each("fd fdfind", _fd),
    **each("xargs gxargs", _xargs),
}
