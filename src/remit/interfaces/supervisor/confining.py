"""What the agent of a run is confined to, and where its tools keep what they write."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from remit.adapters.agents.protocol import Launch
from remit.errors import RemitError
from remit.interfaces.endpoint.doors import Doors
from remit.interfaces.supervisor.beside import (
    borrowed,
    left_behind,
    outside,
    python_variables,
    shared_covers,
)
from remit.services.enclosure import (
    Places,
    artifact_places,
    by_entries,
    edit_places,
)
from remit.services.layers import needs_network
from remit.services.runs import Run
from remit.services.secret_places import secret_files, secret_places, shown_certificates
from remit.services.tool_places import programs_on, tool_variables
from remit.services.workspace import remove_tree
from remit.system.confine.plan import Cover, Means, Plan
from remit.system.git_private import BORROWED, can_be_private, make_private, remove_private

_OURS = (str(Path(__file__).resolve().parents[3]), sys.prefix, sys.base_prefix)
"""Our own sources and interpreter, which answer hooks that can only be commands."""
_VENV = (f"{sys.prefix}/bin", f"{sys.prefix}/lib") if sys.prefix != sys.base_prefix else ()
_TRUSTED = (str(Path(__file__).resolve().parents[2]), *_VENV)
"""What Remit runs as: its package, and the environment it is installed in."""
_TEMPORARY = "/tmp"  # noqa: S108 (what the agent sees in the place of the machine's)


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A plan for the kernel, and the environment the agent has within it."""

    plan: Plan
    env: Mapping[str, str]


@contextmanager
def enclosed(
    run: Run, launch: Launch, doors: Doors, granted: frozenset[str]
) -> Iterator[Enclosure]:
    """The enclosure of ``run``, with the ``granted`` paths in it. Its temporary folder is gone
    afterwards, its git stays for the next stay of its client."""
    temporary = Path(tempfile.mkdtemp(prefix="remit-"))
    root, scope = run.plan.repository.root, run.plan.contract.scope
    try:
        with artifact_places(root, scope.artifacts) as artifacts:
            own = (*artifacts, *launch.places.writable, str(run.folders.scratch))
            yield _enclosure(run, launch, doors, temporary, own, granted)
    finally:
        remove_tree(temporary)


def forget_private_git(run: Run) -> None:
    """Take the run's own git directory away: the run is over."""
    remove_private(run.folders.root / "git")


def _enclosure(
    run: Run,
    launch: Launch,
    doors: Doors,
    temporary: Path,
    own: tuple[str, ...],
    granted: frozenset[str],
) -> Enclosure:
    means = run.plan.ability.means
    seen = _TEMPORARY if means is Means.NAMESPACES else str(temporary)
    variables = {} if means is Means.NONE else tool_variables(run.folders.scratch, launch.env)
    env = {**launch.env, **variables, **python_variables(run, launch), "TMPDIR": seen}
    places = _writable(run, granted)
    return Enclosure(_plan(run, launch, doors, temporary, own, places), env)


def _plan(
    run: Run,
    launch: Launch,
    doors: Doors,
    temporary: Path,
    own: tuple[str, ...],
    places: Places,
) -> Plan:
    root = run.plan.repository.root
    names, tracked = run.snapshot.manifest.nodes, run.snapshot.tracked
    covers, objects = _private_git(run)
    lent = (*objects, *shared_covers(run))
    home = Path(run.desk.environ.get("HOME", "/nonexistent"))
    hidden = (
        str(run.desk.state.root),
        *secret_places(home),
        *secret_files(root, names, tracked),
        *left_behind(run, home),
    )
    writable = outside(_there((*places.writable, *own)), lent)
    _refuse_ourselves(writable)
    return Plan(
        means=run.plan.ability.means,
        cwd=str(root),
        writable=writable,
        protected=_there(places.protected),
        opened=_there(places.opened),
        hidden=_there(hidden),
        shown=_there(_shown(run, launch, home)),
        temporary=str(temporary),
        covers=(*covers, *(Cover(source, place) for source, place in launch.places.covered)),
        lent=lent,
        ports=doors.ports,
        shares_network=needs_network(launch.route),
    )


def _refuse_ourselves(writable: Iterable[str]) -> None:
    """What answers hooks and runs checks is started from here, unconfined: where the agent could
    write to it no run starts."""
    for place in writable:
        for ours in _there(_TRUSTED):
            if f"{ours}/".startswith(f"{place}/") or place.startswith(f"{ours}/"):
                raise RemitError(
                    f"Remit itself runs from {ours}, where this contract lets the agent write",
                    "install Remit outside the repository, or narrow edit and artifacts",
                )


def _private_git(run: Run) -> tuple[tuple[Cover, ...], tuple[Cover, ...]]:
    """The run's own git directory over the user's, with the user's objects lent to it."""
    if not has_private_git(run):
        return (), ()
    place = str(run.plan.repository.git_dir)
    own = run.folders.root / "git"
    if not own.exists():
        make_private(run.plan.repository, own)
    objects = f"{run.plan.repository.common_dir}/objects"
    return (Cover(str(own), place),), (Cover(objects, f"{place}/{BORROWED}"),)


def has_private_git(run: Run) -> bool:
    """Whether the agent may use git as it likes, because it is not the user's."""
    own_mounts = run.plan.ability.means is Means.NAMESPACES
    return own_mounts and can_be_private(run.plan.repository)


def _writable(run: Run, granted: frozenset[str]) -> Places:
    root, edit = run.plan.repository.root, run.plan.contract.scope.edit
    names = run.snapshot.manifest.nodes
    places = edit_places(root, edit, names, sorted(granted))
    if run.plan.ability.means is Means.NAMESPACES:
        return places
    secrets = secret_files(root, names, run.snapshot.tracked)
    return by_entries(Places(places.writable, (*places.protected, *secrets)))


def _shown(run: Run, launch: Launch, home: Path) -> Iterable[str]:
    """What a program needs to read, wherever it lies: the tree, the home, programs, its files."""
    servers = (word for server in run.plan.contract.mcp for word in server.command)
    words = (word for word in (*launch.argv, *servers) if word.startswith("/"))
    own = (*_OURS, str(run.folders.agent), *borrowed(run, launch))
    trusted = shown_certificates(launch.env)
    return (
        str(run.plan.repository.root),
        str(home),
        *programs_on(launch.env.get("PATH", "")),
        *words,
        *own,
        *trusted,
        *launch.places.shown,
    )


def _there(paths: Iterable[str]) -> tuple[str, ...]:
    """``paths`` resolved, each once, without those that are not there."""
    found = (os.path.realpath(path) for path in paths if os.path.exists(path))  # noqa: PTH110
    return tuple(dict.fromkeys(path for path in found if path != "/"))
