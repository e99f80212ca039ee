"""Programs that print what they are told to: what reads them is judged by what it reads."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from remit.model.request import Effect
from remit.policy.shell.args import Arg
from remit.policy.shell.constructs import steered
from remit.policy.shell.dynamic import Family
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import split
from remit.policy.shell.programs.spec import each
from remit.policy.wordlist import words

MOST_SAID = 4000
_PLAIN = re.compile(r"[A-Za-z0-9_./][\w./-]*")
_NAME = re.compile(r"[A-Za-z_]\w*")
_FORMATS = {"%s": "", "%s\\n": "\n"}
_LITERAL = re.compile(r"[^%\\]*(?:\\n)?")


def _echo(inv: Invocation) -> Iterator[Effect]:
    """Prints its words: what reads them knows them, where they stay the words they are."""
    if all(arg.sure and not arg.wild and _PLAIN.fullmatch(arg.text) for arg in inv.args):
        inv.outputs.extend(inv.args)
    given = inv.args[1:] if inv.args[:1] and inv.args[0].text == "-n" else inv.args
    if _is_literal(given) and not (given and re.match(r"-[neE]", given[0].text)):
        inv.says(" ".join(arg.text for arg in given))
    yield inv.ran()


def _is_literal(args: tuple[Arg, ...]) -> bool:
    """Printed to the letter: no backslash that some shells read, no home folder."""
    texts = [arg.text for arg in args]
    plain = all(arg.sure and not arg.wild for arg in args)
    odd = any("\\" in text or text.startswith(("~", "./~")) for text in texts)
    return plain and not odd and sum(map(len, texts)) <= MOST_SAID


def _printf(inv: Invocation) -> Iterator[Effect]:
    if inv.args[:1] and inv.args[0].text.startswith("-v"):
        name = inv.args[1].text if inv.args[0].text == "-v" and len(inv.args) > 1 else ""
        if not _NAME.fullmatch(name) or any(steered(name, "", "")):
            yield inv.dynamic(Family.SHELL, inv.line)
        inv.scope.assign(name, Arg(f"${name}", False))
    elif inv.args and _is_literal(inv.args[1:]):
        form, given = inv.args[0], inv.args[1:]
        if form.sure and form.text in _FORMATS and given:
            inv.says("".join(arg.text + _FORMATS[form.text] for arg in given))
        elif form.sure and not given and _LITERAL.fullmatch(form.text) and form.text[:1] != "-":
            inv.says(form.text.replace("\\n", "\n"))
    yield inv.ran()


def _pwd(inv: Invocation) -> Iterator[Effect]:
    here = inv.scope.variables.get("PWD")
    if here is not None and here.sure and not inv.args:
        inv.says(here.text)
    yield inv.ran()


def _part(inv: Invocation) -> Iterator[Effect]:
    """``basename`` and ``dirname`` of a path that is written out."""
    named = [arg.text for arg in inv.args]
    if len(named) == 1 and _is_literal(inv.args) and named[0].strip("/") and named[0][:1] != "-":
        path = named[0].rstrip("/")
        inv.says(posixpath.basename(path) if inv.name == "basename" else _folder(path))
    yield inv.ran()


def _folder(path: str) -> str:
    return posixpath.dirname(path).rstrip("/") or ("/" if path.startswith("/") else ".")


_MKTEMP_VALUED = words("-p --tmpdir --suffix")
_PLACE = Arg("/tmp/tmp.made")  # noqa: S108 - a name that is read, no file that is made


def _mktemp(inv: Invocation) -> Iterator[Effect]:
    """Makes a file of a new name below the folder for temporary files, and prints it."""
    found = split(inv.args, _MKTEMP_VALUED)
    plain = all(option.name in ("-d", "-t", "-q", "-u", "--directory") for option in found.options)
    simple = plain and all(arg.sure and not arg.wild for arg in found.operands)
    if simple and (not found.operands or (found.has("-t") and "/" not in inv.line)):
        yield from inv.writes(_PLACE)
        inv.says(_PLACE.text)
    elif simple and not found.has("-t"):
        yield from inv.writes(Arg(re.sub("X{3,}", "*", found.operands[0].text), True, True))
    else:
        yield inv.unknown()
    yield inv.ran()


PROGRAMS: dict[str, Handler] = {
    **each("echo", _echo),
    **each("printf", _printf),
    **each("pwd", _pwd),
    **each("basename dirname", _part),
    **each("mktemp", _mktemp),
}
