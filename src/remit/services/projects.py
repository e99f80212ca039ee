"""Projects in folders of one repository: each has its own check, which serves that folder.

Their commands start in the root and name the folder, so that no shell has to change into it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from remit.model.contract import Check
from remit.model.policy import PolicyCheck
from remit.services.ecosystems import ECOSYSTEMS, Seen, Sight

_PROJECT_FILES: Final = frozenset(
    {"pyproject.toml", "setup.cfg", "pytest.ini", "package.json", "go.mod", "Makefile"}
)
_PASSED_BY: Final = frozenset(
    {"node_modules", "vendor", "third_party", "fixtures", "testdata", "examples", "templates"}
)
_DEEPEST = 3
_MOST = 20
_PLAIN: Final = re.compile(r"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)*")
_STARTS: Final = (
    (re.compile(r"(\S*python3?) -m pytest -q"), r"\1 -m pytest -q {folder}"),
    (re.compile(r"npm test"), "npm --prefix {folder} test"),
    (re.compile(r"pnpm test"), "pnpm -C {folder} test"),
    (re.compile(r"yarn test"), "yarn --cwd {folder} test"),
    (re.compile(r"go test \./\.\.\."), "go -C {folder} test ./..."),
    (re.compile(r"make test"), "make -C {folder} test"),
)
"""A command in a project's own folder, and the same from the root."""


def projects(sight: Sight) -> tuple[Seen, ...]:
    """What the folders with a manifest of their own tell, by path; none where there are more
    than a person would choose from. A folder whose name a shell would read otherwise is
    passed by."""
    folders = sorted({folder for path in sight.files if (folder := _folder(path))})
    if len(folders) > _MOST:
        return ()
    found = [seen for folder in folders for seen in _project(sight, folder)]
    return tuple(_named_apart(found))


def _folder(path: str) -> str:
    folder, _, name = path.rpartition("/")
    parts = folder.split("/")
    if name not in _PROJECT_FILES or len(parts) > _DEEPEST or _PASSED_BY & set(parts):
        return ""
    return folder if _PLAIN.fullmatch(folder) else ""


def _project(sight: Sight, folder: str) -> Iterator[Seen]:
    """The first kind of project that this folder is and that has a test command."""
    inside = Sight(
        frozenset(p.removeprefix(f"{folder}/") for p in sight.files if p.startswith(f"{folder}/")),
        lambda path: sight.text(f"{folder}/{path}"),
        frozenset(),
    )
    for ecosystem in ECOSYSTEMS:
        seen = ecosystem(inside)
        checks = [_from_root(known, folder) for known in seen.checks] if seen else []
        found = tuple(known for known in checks if known is not None)
        if seen and found:
            what = f"{seen.what} in {folder}"
            yield Seen(what, f"{folder}/{seen.source}", found)
            return


def _from_root(known: PolicyCheck, folder: str) -> PolicyCheck | None:
    for start, form in _STARTS:
        if match := start.fullmatch(known.check.command):
            command = match.expand(form.replace("{folder}", folder))
            check = Check(f"{known.check.name} {folder.rpartition('/')[2]}", command)
            targeted = known.targeted if "pytest" in command else ""
            return PolicyCheck(check, (f"{folder}/**",), targeted)
    return None


def _named_apart(found: list[Seen]) -> Iterator[Seen]:
    """Checks of folders with the same last name are called by the whole path."""
    names = [known.check.name for seen in found for known in seen.checks]
    for seen in found:
        yield replace(seen, checks=tuple(_apart(known, names) for known in seen.checks))


def _apart(known: PolicyCheck, names: list[str]) -> PolicyCheck:
    if names.count(known.check.name) == 1:
        return known
    name = f"{known.check.name.split(' ')[0]} {known.paths[0].removesuffix('/**')}"
    return replace(known, check=replace(known.check, name=name))
