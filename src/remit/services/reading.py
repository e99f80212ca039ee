"""A call together with where its paths lead and which files it would show."""

from __future__ import annotations

# Paths stay strings here: they may hold bytes that are no text, and this runs for every call.
# ruff: noqa: PTH112, PTH113, PTH207
import glob
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from remit.model.json import Json
from remit.model.request import PATH_KINDS, Effect, Request, ResolvedPath, ToolCall
from remit.policy.effects import effects_of
from remit.policy.inspection import MOST_NAMES, may_search, named_in, searches, shown
from remit.policy.rules.case import name_of
from remit.system.files import resolve

_WILD = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Places:
    """Where a run's paths lead: its tree and the home of its agent, absolute."""

    root: str
    home: str

    def request_of(self, call: ToolCall, effects: tuple[Effect, ...]) -> Request:
        """``call`` ready to be decided. A path that cannot be resolved is left out, and the engine
        denies what it cannot find here."""
        found: dict[str, ResolvedPath] = {}
        for effect in effects:
            if effect.kind in PATH_KINDS and effect.target not in found:
                path = self._resolved(effect.target, call.cwd)
                if path is not None:
                    found[effect.target] = path
        targets = (found[name] for name in shown(call, effects) if name in found)
        names = (name for path in targets for name in self._files(path))
        return Request(call, effects, tuple(found.values()), tuple(dict.fromkeys(names)))

    def found_by(self, call: ToolCall, result: Json) -> Iterator[str]:
        """The files that the ``result`` of a search shows lines of; none of any other call."""
        effects = effects_of(call) if may_search(call) else ()
        if not searches(call, effects):
            return
        folders = dict.fromkeys([call.cwd, *self._folders(call, effects)])
        for written in named_in(result):
            for folder in folders:
                path = self._resolved(written, folder)
                if path is not None and os.path.isfile(path.absolute):
                    yield name_of(path)
                    break

    def _folders(self, call: ToolCall, effects: tuple[Effect, ...]) -> Iterator[str]:
        for effect in effects:
            if effect.kind in PATH_KINDS:
                path = self._resolved(effect.target, call.cwd)
                if path is not None and os.path.isdir(path.absolute):
                    yield path.absolute

    def _files(self, path: ResolvedPath) -> Iterator[str]:
        if os.path.isfile(path.absolute):
            yield name_of(path)
        elif _WILD & set(path.absolute):
            for match in islice(glob.iglob(path.absolute, recursive=True), MOST_NAMES):
                found = self._resolved(match, "/")
                if found is not None and os.path.isfile(found.absolute):
                    yield name_of(found)

    def _resolved(self, written: str, cwd: str) -> ResolvedPath | None:
        try:
            return resolve(written, cwd, self.root, self.home)
        except (OSError, ValueError):
            return None
