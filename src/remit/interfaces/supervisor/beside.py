"""What a run in a copy is given of the user's tree, and what it is not."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from remit.adapters.agents.protocol import Launch
from remit.services.copies import python_of, shared_places
from remit.services.runs import Run
from remit.system.confine.plan import Cover, Means
from remit.system.files import is_plain, list_folder


def left_behind(run: Run, home: Path) -> tuple[str, ...]:
    """The user's tree, to be hidden. One that holds the home or Remit's state stays, for what is
    in them is shown and hidden piece by piece."""
    theirs = run.plan.theirs.root
    held = (home, run.desk.state.root)
    if not run.plan.in_copy or any(place.is_relative_to(theirs) for place in held):
        return ()
    return (str(theirs),)


def borrowed(run: Run, launch: Launch) -> Iterable[str]:
    """What is to be seen of the user's tree all the same."""
    if not run.plan.in_copy:
        return ()
    theirs, share = run.plan.theirs, run.plan.contract.evidence.share
    lent = (str(theirs.root / name) for name in shared_places(theirs.root, share))
    python = [place for place in (launch.env.get("VIRTUAL_ENV"),) if place]
    return (f"{theirs.common_dir}/objects", *lent, *python)


def shared_covers(run: Run) -> tuple[Cover, ...]:
    """The user's dependencies over their empty places in the copy."""
    if not run.plan.in_copy or run.plan.ability.means is not Means.NAMESPACES:
        return ()
    root, theirs = run.plan.repository.root, run.plan.theirs.root
    names = shared_places(theirs, run.plan.contract.evidence.share)
    free = (name for name in names if is_plain(root / name) and not list_folder(root / name))
    return tuple(Cover(os.path.realpath(theirs / name), str(root / name)) for name in free)


def outside(places: tuple[str, ...], lent: tuple[Cover, ...]) -> tuple[str, ...]:
    """``places`` without those in something lent, which nobody may write."""
    return tuple(
        place
        for place in places
        if not any(f"{place}/".startswith(f"{cover.place}/") for cover in lent)
    )


def python_variables(run: Run, launch: Launch) -> dict[str, str]:
    """What leads Python to the copy, and to the user's environment as lent to it."""
    if not run.plan.in_copy:
        return {}
    share = run.plan.contract.evidence.share
    python = python_of(run.plan.repository.root, run.plan.theirs.root, share)
    path = ":".join((*python.path, launch.env.get("PATH", "")))
    return {**python.variables, "PATH": path} if python.path else {}
