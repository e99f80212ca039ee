"""The repository a person stands in, with the policy that binds contracts there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from remit.codec.toml import MAX_BYTES
from remit.model.facts import Facts
from remit.policy.layers import Merged
from remit.services.acceptance import (
    PendingAcceptance,
    RepositoryFile,
    pending,
    pending_against,
    read_files,
)
from remit.services.discover import Look, discover
from remit.services.policies import POLICY_PATH, load_policy, policy_places
from remit.storage.accepted import AcceptedStore
from remit.storage.locate import StateDir
from remit.system.git import Repository, open_repository
from remit.system.git_user import git_user


@dataclass(frozen=True, slots=True)
class Workplace:
    """A repository at its HEAD commit, seen from one machine.

    ``policy_file`` is the repository's policy as committed, or None. ``environ`` is the
    caller's environment.
    """

    repository: Repository
    store: AcceptedStore
    files: tuple[str, ...]
    user: str | None
    policy_file: RepositoryFile | None
    environ: Mapping[str, str]

    def read(self, path: str) -> bytes | None:
        """A file of the HEAD commit."""
        return self.read_at(self.repository.head, path)

    def read_at(self, commit: str, path: str) -> bytes | None:
        """A file of ``commit``; None where there is no such file or no commit yet."""
        return self.repository.read_file(commit, path, MAX_BYTES + 1) if commit else None


def open_workplace(cwd: Path, state: StateDir, environ: Mapping[str, str]) -> Workplace:
    """The workplace at ``cwd``; raises RemitError outside a repository."""
    repository = open_repository(cwd, state.repository)
    head = repository.head
    files = tuple(entry.path for entry in repository.list_files(head)) if head else ()
    place = Workplace(repository, AcceptedStore(state.accepted), files, None, None, environ)
    found = read_files(place.read, (POLICY_PATH,))
    policy = found[0] if found else None
    user = git_user(repository, environ)
    return Workplace(repository, place.store, files, user, policy, environ)


def unaccepted(place: Workplace, accept_base: str = "") -> tuple[PendingAcceptance, ...]:
    """The repository's policy where nobody accepted it here; () where there is nothing to ask.

    ``accept_base`` names a commit or branch whose content is the acceptance (CI).
    """
    files = () if place.policy_file is None else (place.policy_file,)
    if accept_base:
        commit = place.repository.resolve(accept_base)
        return pending_against(lambda path: place.read_at(commit, path), files)
    return pending(place.store, place.repository.key, files)


def policy_in_force(place: Workplace, accept_base: str = "") -> Merged:
    """The merged policy. A repository policy that nobody accepted binds nothing."""
    accepted = None if unaccepted(place, accept_base) else place.policy_file
    return load_policy(policy_places(place.environ), accepted)


def facts_of(place: Workplace) -> Facts:
    """What the repository tells of itself, from its HEAD commit and the names in its root."""
    root = place.repository.root
    tracked = {path.split("/")[0] for path in place.files}
    names = tuple(sorted(entry.name for entry in root.iterdir() if entry.name not in tracked))
    return discover(Look(place.files, place.read, names))
