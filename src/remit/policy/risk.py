"""The risk class of a run, from paths, tools and areas; never from what anybody claims."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from remit.model.contract import Contract, RiskClass
from remit.policy.matching import get_patterns
from remit.policy.zones import zone_of

_DEPENDENCIES = get_patterns(
    (
        "package-lock.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "bun.lockb",
        "poetry.lock",
        "uv.lock",
        "Pipfile.lock",
        "Cargo.lock",
        "go.sum",
        "Gemfile.lock",
        "composer.lock",
        "requirements*.txt",
    )
)
_MANIFESTS = get_patterns(
    (
        "package.json",
        "pyproject.toml",
        "setup.py",
        "setup.cfg",
        "Cargo.toml",
        "go.mod",
        "Gemfile",
        "pom.xml",
        "build.gradle*",
        "Makefile",
    )
)
_WIDE = re.compile(r"/?(?:\*\*?|\.)?(?:/\*\*?)?/?")
MANY_AREAS = 4
_MARKS = re.compile(r"([\\*?\[\]!#])")
_ESCAPED = r"\\\1"


def assess(contract: Contract, files: Sequence[str]) -> tuple[RiskClass, tuple[str, ...]]:
    """The class and its reasons. ``files`` are the repository's files the run may change, or
    the files it did change; paths are relative to the root. No reasons means low."""
    high = tuple(dict.fromkeys(_high(contract, files)))
    if high:
        return RiskClass.HIGH, high
    standard = tuple(dict.fromkeys(_standard(contract, files)))
    if standard:
        return RiskClass.STANDARD, standard
    return RiskClass.LOW, ()


def widened(contract: Contract, paths: Iterable[str]) -> Contract:
    """``contract`` as if its edit scope named ``paths`` too, each literally: what a run may really
    change where people granted writes."""
    literal = tuple(f"/{_MARKS.sub(_ESCAPED, path)}" for path in paths)
    if not literal:
        return contract
    return replace(contract, scope=replace(contract.scope, edit=(*contract.scope.edit, *literal)))


def _high(contract: Contract, files: Sequence[str]) -> Iterator[str]:
    for zone in contract.stop.allow_zones:
        yield f"the sensitive zone {zone} is opened"
    for path in _inside(contract, files):
        if zone := zone_of(path, contract.stop):
            yield f"{path} lies in the sensitive zone {zone}"
            break
    for pattern in contract.scope.edit:
        if pattern.startswith("!"):
            continue
        if zone_of(_named(pattern), contract.stop):
            yield f"the edit scope names {pattern}, a sensitive zone"
        if _WIDE.fullmatch(pattern):
            yield "the edit scope is the whole repository"
        if _DEPENDENCIES.matches(pattern.strip("/")):
            yield f"{pattern} decides which dependencies are installed"
    if contract.hosts:
        yield "network hosts are allowed"
    if any(server.writes for server in contract.mcp):
        yield "MCP tools that change something are allowed"


def _standard(contract: Contract, files: Sequence[str]) -> Iterator[str]:
    areas = {_area(pattern) for pattern in contract.scope.edit if not pattern.startswith("!")}
    if len(areas) > MANY_AREAS:
        yield f"the edit scope spans {len(areas)} areas"
    if any(server.tools for server in contract.mcp):
        yield "MCP tools are allowed"
    for path in _inside(contract, files):
        if _MANIFESTS.matches(path) and _explicit(path, contract):
            yield f"{path} decides how the project is built"


def _explicit(path: str, contract: Contract) -> bool:
    """Whether the scope names ``path`` itself, not only a folder it lies in."""
    return any(pattern.strip("/") == path for pattern in contract.scope.edit)


def _inside(contract: Contract, files: Sequence[str]) -> Iterator[str]:
    scope = get_patterns(contract.scope.edit)
    return (path for path in files if scope.matches(path))


def _area(pattern: str) -> str:
    return "/".join(pattern.strip("/").split("/")[:2])


def _named(pattern: str) -> str:
    """A path that stands for what ``pattern`` names."""
    return pattern.strip("/").replace("**", "x").replace("*", "x")
