"""The repository a person stands in, with the policy that binds contracts there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from remit.system.documents import read_document
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
        """A file of the HEAD commit; git is asked only for what is there."""
        return self.read_at(self.repository.head, path) if path in self.files else None

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

    ``accept_base`` names a commit or branch whose content is the acceptance (CI). A policy
    that was accepted and is gone from commit and tree is a change as well.
    """
    files = () if place.policy_file is None else (place.policy_file,)
    if accept_base:
        return pending_against(_base(place, accept_base), files)
    if not files and _was_removed(place):
        files = (RepositoryFile(POLICY_PATH, ""),)
    return pending(place.store, place.repository.key, files)


def policy_in_force(place: Workplace, accept_base: str = "") -> Merged:
    """The merged policy. Of the repository's only the text counts that was accepted last, so
    that a change nobody read neither adds a line nor lifts one."""
    return load_policy(policy_places(place.environ), _accepted_policy(place, accept_base))


@dataclass(frozen=True, slots=True)
class ContractStanding:
    """How the text of a contract file comes to be accepted: ``how`` says it for the record.
    ``pending`` is what a person must read first, None where the start itself accepts it."""

    how: str
    pending: PendingAcceptance | None = None


def contract_standing(
    place: Workplace, path: Path, text: str, accept_base: str = ""
) -> ContractStanding:
    """The standing of the contract file at ``path`` with the content ``text``.

    A file as it stands in the commit is the repository's; it waits for acceptance. Any other
    text is the words of the person who gives it, and the start key accepts it.
    """
    root = place.repository.root.resolve()
    resolved = path.resolve()
    if not resolved.is_relative_to(root):
        return ContractStanding("own words: a file outside the repository")
    relative = resolved.relative_to(root).as_posix()
    if place.read(relative) != text.encode():
        return ContractStanding("own words: not committed")
    file = RepositoryFile(relative, text)
    if accept_base:
        found = pending_against(_base(place, accept_base), (file,))
        return ContractStanding(f"accepted by {accept_base}", found[0] if found else None)
    found = pending(place.store, place.repository.key, (file,))
    return ContractStanding("accepted on this machine", found[0] if found else None)


def _base(place: Workplace, name: str) -> Callable[[str], bytes | None]:
    commit = place.repository.resolve(name)
    return lambda path: place.read_at(commit, path)


def _accepted_policy(place: Workplace, accept_base: str) -> RepositoryFile | None:
    if accept_base:
        found = read_files(_base(place, accept_base), (POLICY_PATH,))
        return found[0] if found else None
    accepted = place.store.find(place.repository.key, POLICY_PATH)
    return RepositoryFile(POLICY_PATH, accepted.text) if accepted and accepted.text else None


def _was_removed(place: Workplace) -> bool:
    """Accepted before, and gone: a policy just written by ``remit init`` still stands."""
    accepted = place.store.find(place.repository.key, POLICY_PATH)
    standing = read_document(place.repository.root / POLICY_PATH, MAX_BYTES)
    return bool(accepted and accepted.text) and standing is None


def facts_of(place: Workplace) -> Facts:
    """What the repository tells of itself, from its HEAD commit and the names in its root."""
    root = place.repository.root
    tracked = {path.split("/")[0] for path in place.files}
    names = tuple(sorted(entry.name for entry in root.iterdir() if entry.name not in tracked))
    return discover(Look(place.files, place.read, names))
