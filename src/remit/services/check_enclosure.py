"""What a check is confined to: its own worktree, no credentials, no network."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from remit.model.events import UNCONFINED
from remit.services.tool_places import programs_on
from remit.services.workspace import Workspace
from remit.system.confine.ability import Ability
from remit.system.confine.entrance import entering
from remit.system.confine.plan import Means, Plan

CONFINED = {
    Means.NAMESPACES: "ran confined: own worktree, no credentials, no network",
    Means.LANDLOCK: "ran confined by Landlock alone: network and sockets open",
    Means.NONE: UNCONFINED,
}
_TEMPORARY = "/tmp"  # noqa: S108 (what the check sees in the place of the machine's)


@dataclass(frozen=True, slots=True)
class CheckEnclosure:
    """How far a check can be held here. ``hidden`` are absolute paths that it must not read."""

    ability: Ability
    hidden: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        return CONFINED[self.ability.means]

    def temporary(self, workspace: Workspace) -> str:
        """Where the check finds its temporary folder."""
        own_view = self.ability.means is Means.NAMESPACES
        return _TEMPORARY if own_view else str(workspace.temporary)

    def words(
        self, workspace: Workspace, root: Path, env: Mapping[str, str], lent: Sequence[str]
    ) -> tuple[str, ...]:
        """The words before the argv of a check. ``lent`` are places in its worktree."""
        if self.ability.means is Means.NONE:
            return ()
        return entering(self._plan(workspace, root, env, lent, Means.LANDLOCK), workspace.root)

    def fetching_words(
        self, workspace: Workspace, root: Path, env: Mapping[str, str], lent: Sequence[str]
    ) -> tuple[str, ...]:
        """The same for the step that fetches what checks need: it reaches the network."""
        if self.ability.means is Means.NONE:
            return ()
        plan = self._plan(workspace, root, env, lent, self.ability.means)
        return entering(plan, workspace.root)

    def _plan(
        self,
        workspace: Workspace,
        root: Path,
        env: Mapping[str, str],
        lent: Sequence[str],
        open_means: Means,
    ) -> Plan:
        tree = workspace.tree
        own = (tree, workspace.home, workspace.results, workspace.work)
        return Plan(
            means=self.ability.means,
            cwd=str(tree),
            writable=_there([*map(str, own), *(str(tree / name) for name in lent)]),
            protected=(),
            opened=(),
            hidden=_there(self.hidden),
            shown=_there(
                [str(root), *programs_on(env.get("PATH", "")), sys.prefix, sys.base_prefix]
            ),
            temporary=str(workspace.temporary),
            # Landlock would close loopback as well, which honest tests use among themselves.
            shares_network=self.ability.means is open_means,
        )


def _there(paths: Iterable[str]) -> tuple[str, ...]:
    found = (os.path.realpath(path) for path in paths if path and os.path.exists(path))  # noqa: PTH110
    return tuple(dict.fromkeys(path for path in found if path != "/"))
