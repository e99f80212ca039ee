"""awk: what a script runs, reads and writes, where it is written out in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from remit.model.request import Effect
from remit.policy.shell.args import Arg
from remit.policy.shell.feed import Feed
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import split
from remit.policy.shell.programs.spec import each
from remit.policy.wordlist import words

MOST_SCRIPT = 8_000
_VALUED = words("-F --field-separator -v --assign -f --file -i --include -l -E --exec")
_PLAIN = words(
    "-F --field-separator -v --assign -b --characters-as-bytes -c --traditional -k --csv -M "
    "--bignum -n --non-decimal-data -N --use-lc-numeric -O --optimize -P --posix -r --re-interval "
    "-s --no-optimize -S --sandbox -t --lint-old -h --help"
)
"""What names no script, loads nothing and writes nothing. Of others, beginnings included, it is
not known."""
_TOKEN = re.compile(
    r"(?P<blank>[ \t\r]+|\\\n)|(?P<comment>#[^\n]*)|(?P<string>\"(?:[^\"\\\n]|\\.)*\")"
    r"|(?P<name>[A-Za-z_]\w*)|(?P<number>\d[\w.]*|\.\d\w*)"
    r"|(?P<mark>>>|\|&|\|\||&&|[<>=!]=|\+\+|--|[-+*%^/]=|\n|[^\w\s\"#\\])"
)
_REGEX = re.compile(r"/(?:[^/\\\n\[]|\\.|\[\^?\]?(?:[^\]\\\n]|\\.)*\])+/")
_ENDS = frozenset(["", ";", "}", "\n", ")"])
_BEGINS = frozenset(["", ";", "{", "(", "\n", "&&", "||", "!"])
_OPERANDS = frozenset([")", "]", "$", "++", "--"])
_BEFORE_A_PATTERN = words("print printf return in else do case exit delete")
_UNREAD = words("ARGV ARGC")
"""Changing these makes awk read other files."""
_ESCAPES = {"\\n": "\n", "\\t": "\t", '\\"': '"', "\\\\": "\\", "\\/": "/"}


class _Unknown(Exception):
    """The script does something that cannot be told."""


class Does(NamedTuple):
    """What a script does besides printing: texts for a shell, files read, files written."""

    runs: tuple[str, ...]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    environment: bool


def does(script: str) -> Does | None:
    """What ``script`` does, None where that cannot be told."""
    if len(script) > MOST_SCRIPT:
        return None
    try:
        return _Reader(_tokens(script)).whole()
    except _Unknown:
        return None


def _tokens(script: str) -> list[tuple[str, str]]:
    """Kind and text of each token. A slash divides after an operand, and begins a pattern after
    anything else."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(script):
        kind, text = found[-1] if found else ("mark", "")
        begins = kind == "mark" and text not in _OPERANDS
        if script[at] == "/" and (begins or text in _BEFORE_A_PATTERN):
            pattern = _REGEX.match(script, at)
            if pattern is None:
                raise _Unknown
            found.append(("regex", pattern[0]))
            at = pattern.end()
            continue
        if script[at] == "/" and text == "getline":
            raise _Unknown
        token = _TOKEN.match(script, at)
        if token is None:
            raise _Unknown
        at = token.end()
        if token.lastgroup not in ("blank", "comment"):
            found.append((str(token.lastgroup), token[0]))
    return found


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.runs: list[str] = []
        self.reads: list[str] = []
        self.writes: list[str] = []
        self.environment = False

    def whole(self) -> Does:
        for at, (kind, text) in enumerate(self.tokens):
            if text in ("@", "|&") or (kind == "name" and text in _UNREAD):
                raise _Unknown
            if kind == "name":
                self._name(at, text)
        return Does(tuple(self.runs), tuple(self.reads), tuple(self.writes), self.environment)

    def _name(self, at: int, text: str) -> None:
        if text == "ENVIRON":
            self.environment = True
        elif text == "system":
            if self._mark(at + 1) != "(" or self._mark(at + 3) != ")":
                raise _Unknown
            self.runs.append(self._text(at + 2))
        elif text == "getline":
            self._getline(at)
        elif text in ("print", "printf"):
            self._printed(at + 1)

    def _getline(self, at: int) -> None:
        if self._mark(at - 1) == "|":
            if self._mark(at - 3) not in _BEGINS:
                raise _Unknown
            self.runs.append(self._text(at - 2))
            return
        after = at + 2 if self._kind(at + 1) == "name" else at + 1
        if self._mark(after) == "<":
            if self._mark(after + 2) not in _ENDS | {">", "&&", "||"}:
                raise _Unknown
            self.reads.append(self._text(after + 1))
        elif self._mark(after) not in _ENDS | {">", "&&", "||"}:
            raise _Unknown

    def _printed(self, at: int) -> None:
        """Where the output of a ``print`` goes; in parentheses ``>`` compares."""
        depth = 0
        while at < len(self.tokens) and (depth or self._mark(at) not in (";", "}", "\n")):
            mark = self._mark(at)
            depth += (mark == "(") - (mark == ")")
            if not depth and mark in (">", ">>", "|"):
                if self._mark(at + 2) not in _ENDS:
                    raise _Unknown
                found = self.runs if mark == "|" else self.writes
                found.append(self._text(at + 1))
            at += 1

    def _kind(self, at: int) -> str:
        return self.tokens[at][0] if 0 <= at < len(self.tokens) else ""

    def _mark(self, at: int) -> str:
        """The mark at ``at``, "" at either end, the kind of anything else."""
        if not 0 <= at < len(self.tokens):
            return ""
        kind, text = self.tokens[at]
        return text if kind == "mark" else kind

    def _text(self, at: int) -> str:
        if self._kind(at) != "string":
            raise _Unknown
        inner = self.tokens[at][1][1:-1]
        if any(escape not in _ESCAPES for escape in re.findall(r"\\.", inner)):
            raise _Unknown
        return re.sub(r"\\.", lambda found: _ESCAPES[found[0]], inner)


def _awk(inv: Invocation) -> Iterator[Effect]:
    if [arg.text for arg in inv.args] in (["--version"], ["-V"], ["-W", "version"]):
        yield inv.ran()
        return
    found = split(inv.args, _VALUED, ordered=True)
    script = found.operands[:1]
    plain = bool(script) and script[0].sure and not script[0].wild
    known = does(script[0].text) if plain and inv.runner.affords(script[0].text) else None
    odd = any(option.name not in _PLAIN for option in found.options)
    if odd or (script and not plain):
        yield inv.unknown(f"{inv.name} with a script that is not written out")
    elif script and known is None:
        yield inv.unknown(f"{inv.name} with a script that runs or writes")
    elif known is not None:
        yield from _done(inv, known)
    files = [arg for arg in found.operands[1:] if not re.match(r"[A-Za-z_]\w*=", arg.text)]
    yield from inv.reads(*files)
    yield inv.ran()


def _done(inv: Invocation, known: Does) -> Iterator[Effect]:
    if any(text.startswith("/inet") for text in (*known.reads, *known.writes)):
        yield inv.unknown(f"{inv.name} with a connection")
    fed = replace(inv, feed=Feed(None, True))
    for text in known.runs:
        fed.shell(text)
    yield from inv.reads(*(Arg(_here(text)) for text in known.reads if text != "-"))
    yield from inv.writes(*(Arg(_here(text)) for text in known.writes if text != "-"))
    if known.environment:
        yield from inv.reads(Arg("/proc/self/environ"))


def _here(text: str) -> str:
    """awk knows no home folder, nor patterns of names."""
    return f"./{text}" if text.startswith("~") else text


PROGRAMS: dict[str, Handler] = each("awk gawk mawk nawk", _awk)
