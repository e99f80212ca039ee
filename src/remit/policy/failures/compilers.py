"""gcc, clang, their linkers, javac (alone or under Maven), rustc and ``go build``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from remit.policy.failures.reading import Finding, Reading, gathered

_RUST_CODE = r"error(?:\[([A-Z]\d{4})\])?: (.+)"
_C = re.compile(r"([^\s:][^:]{0,300}):\d+:\d+: (?:fatal )?" + _RUST_CODE)
_JAVA = re.compile(r"([^\s:][^:]{0,300}\.(?:java|kt|scala)):\d+: error: (.+)")
_MAVEN = re.compile(r"\[ERROR\] ([^\s:][^:]{0,300}\.(?:java|kt)):\[\d+,\d+\] (.+)")
_RUST = re.compile(_RUST_CODE)
_ARROW = re.compile(r" +--> (\S.{0,300}?):\d+:\d+")
_LINK = re.compile(r"(?:\S{0,100}ld: )?([^\s:(][^:(]{0,300}):\([^)]{1,80}\): (undefined .+)")
_GO_HEAD = re.compile(r"# \S+(?: \[\S+\])?")
_GO = re.compile(r"(?:vet: )?([^\s:][^:]{0,300}\.go):\d+(?::\d+)?: (.+)")
_WERROR = re.compile(r"(.*) \[-Werror[=,]([a-z0-9+=-]{1,60})\]")
_NOT_THEIRS = (".py", ".pyi", ".ts", ".tsx")
"""What mypy and tsc read: their lines look like gcc's."""


def read_compilers(lines: Sequence[str]) -> Reading | None:
    found = gathered(_findings(lines))
    return Reading(found) if found else None


def _findings(lines: Sequence[str]) -> Iterator[Finding]:
    go, rust = False, None
    for line in lines:
        if line.startswith("# "):
            go = bool(_GO_HEAD.fullmatch(line))
        elif line.startswith("error"):
            rust = _RUST.fullmatch(line)
        elif rust and line.lstrip().startswith("--> "):
            if match := _ARROW.fullmatch(line):
                yield Finding(match[1], rust[1] or "error", rust[2])
            rust = None
        elif go and (match := _GO.fullmatch(line)):
            yield Finding(match[1], "error", match[2])
        elif one := _alone(line):
            yield one


def _alone(line: str) -> Finding | None:
    """A finding that is told in one line."""
    if "error" in line and (match := _C.fullmatch(line)) and not match[1].endswith(_NOT_THEIRS):
        warned = _WERROR.fullmatch(match[3])
        message, rule = (warned[1], warned[2]) if warned else (match[3], match[2] or "error")
        return Finding(match[1], rule, message)
    if "undefined " in line and (match := _LINK.fullmatch(line)):
        return Finding(match[1].rpartition("/")[2], "link", match[2])
    if match := _JAVA.fullmatch(line) or _MAVEN.fullmatch(line):
        return Finding(match[1], "error", match[2])
    return None
