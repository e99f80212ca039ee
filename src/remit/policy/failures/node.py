"""node's own runner, in TAP with a block of YAML, and in its "spec" style."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from remit.model.failure import Failure
from remit.policy.failures.javascript_stack import error_of, frames_of
from remit.policy.failures.reading import Reading, bounded, broken
from remit.policy.results.javascript import node_claims

_NOT_OK = re.compile(r"( *)not ok \d+ - (\S.{0,400})")
_OVER = re.compile(r" *# Subtest: (.{1,400})")
_KEY = re.compile(r" +(error|name|stack|failureType|location): (.*)")
_SPEC = re.compile(r" *✖ (\S.{0,400}?) \([\d.]+ms\)")
_AT = re.compile(r"test at (\S.{0,300}?):\d+:\d+")
_CHILDREN = "'subtestsFailed'"


def read_node(lines: Sequence[str]) -> Reading | None:
    """The failing tests, None where the output is not of ``node --test``."""
    claims = node_claims("\n".join(lines))
    tap = any(line.startswith("TAP version") for line in lines)
    if not claims and not tap:
        return None
    found = bounded(_tap(lines)) if tap else bounded(_spec(lines))
    told = sum(claim.failed for claim in claims) if claims else None
    return Reading(found, told, broken_off=not claims)


def _tap(lines: Sequence[str]) -> Iterator[Failure]:
    for number, line in enumerate(lines):
        match = _NOT_OK.fullmatch(line)
        if match and "# TODO" not in match[2] and "# SKIP" not in match[2]:
            block = _block(lines[number + 1 : number + 80])
            if _CHILDREN not in block.get("failureType", ()):
                yield _failure(match[2], block)


def _block(lines: Sequence[str]) -> dict[str, list[str]]:
    """The lines of each key that is looked at. What belongs to a key is indented deeper."""
    block: dict[str, list[str]] = {}
    margin, key = len(lines[0]) - len(lines[0].lstrip()) if lines else 0, ""
    for line in lines:
        if line.strip() == "...":
            break
        if line[margin : margin + 1].strip():
            match = _KEY.fullmatch(line)
            key = match[1] if match else ""
            if match:
                block[key] = [match[2].strip()] if match[2] != "|-" else []
        elif key:
            block[key].append(line.strip())
    return block


def _failure(check: str, block: dict[str, list[str]]) -> Failure:
    stack = [f"    at {line}" for line in block.get("stack", ())]
    kind = " ".join(block.get("name", ["Error"])).strip("'")
    message = " ".join(block.get("error", ())).strip("'")
    own = " ".join(block.get("location", ())).strip("'").rsplit(":", 2)[0]
    return broken(check, kind, frames_of(stack), own, message)


def _spec(lines: Sequence[str]) -> Iterator[Failure]:
    """Below "failing tests:", where each is told with its file."""
    for number, line in enumerate(lines):
        match = _SPEC.fullmatch(line)
        at = _AT.fullmatch(lines[number - 1]) if match and number else None
        if match and at:
            rest = [one.removeprefix("  ") for one in lines[number + 1 : number + 80]]
            end = next((n for n, one in enumerate(rest) if _AT.fullmatch(one)), len(rest))
            kind, message = error_of(rest[:end])
            yield broken(match[1], kind, frames_of(rest[:end]), at[1], message)
