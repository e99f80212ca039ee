"""The whole examination, in a folder that is gone afterwards."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from remit.interfaces.doctor import evidence
from remit.interfaces.doctor.acts import play_confined, play_unanswered, play_unconfined
from remit.interfaces.doctor.bait import laid_out
from remit.interfaces.doctor.stage import Player
from remit.interfaces.doctor.surroundings import examine_client, examine_git, examine_state
from remit.interfaces.doctor.ways_out import doors_of
from remit.model.diagnosis import Diagnosis, Door, Liveness, Proof
from remit.policy.gaps import gaps_of
from remit.services.workspace import remove_tree
from remit.system.confine.ability import WEAKER, Ability, find_ability
from remit.system.machine import known_sockets, machine_of

_ROOM = 60
_UNTRIED = ("hook", "kernel", "comparison", "meter", "egress", "ledger")


def examine(choice: str, path: str, environ: Mapping[str, str]) -> Diagnosis:
    """Try everything with the agent that ``choice`` and ``path`` name. Takes seconds."""
    ability = find_ability(environ)
    git, without_git = examine_git(environ)
    state, bad_state = examine_state(environ)
    player, client, without_client = examine_client(choice, path, environ)
    gaps = (*without_git, *bad_state, *without_client, *gaps_of(machine_of(ability)))
    if git.state is Liveness.LIVE:
        proofs, doors = _play(player, ability, environ)
    else:
        proofs = tuple(Proof(name, True, Liveness.UNKNOWN, git.note) for name in _UNTRIED)
        doors = ()
    everything = (*proofs, state, git, client)
    return Diagnosis(player.name, ability.means.value, everything, gaps, doors)


def _play(
    player: Player, ability: Ability, environ: Mapping[str, str]
) -> tuple[tuple[Proof, ...], tuple[Door, ...]]:
    folder = _folder()
    try:
        sockets, confine = known_sockets(environ), environ.get(WEAKER, "")
        second = folder / "2"
        bait_of = laid_out(second / "home", second / "tree")
        with bait_of as bait, ThreadPoolExecutor(3) as pool:
            # At one time, so that all of it is bounded as one act is.
            one = pool.submit(play_unconfined, folder / "1", player)
            two = pool.submit(play_confined, second, player, confine, bait, sockets)
            three = pool.submit(play_unanswered, folder / "3", player)
            first, act, last = one.result(), two.result(), three.result()
        proofs = (
            evidence.hook(first, last),
            evidence.kernel(act, ability.means),
            evidence.comparison(first),
            evidence.egress(act),
            evidence.meter(act),
            evidence.ledger(first),
        )
        return proofs, doors_of(act.seen, sockets, environ)
    finally:
        remove_tree(folder)


def _folder() -> Path:
    """A new folder, whose sockets have addresses of at most 107 bytes."""
    usual = os.path.realpath(tempfile.gettempdir())
    short = usual if len(os.fsencode(usual)) <= _ROOM else "/tmp"  # noqa: S108
    return Path(tempfile.mkdtemp(prefix="remit-doctor-", dir=short)).resolve()
