"""Where policies come from, and the one in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from remit.codec.toml import MAX_BYTES, decode
from remit.errors import InvalidDocument, Problem, UsageError
from remit.model.policy import PolicyFile, PolicyLayer
from remit.policy.layers import Merged, merge
from remit.services.acceptance import RepositoryFile
from remit.storage.locate import config_folder
from remit.system.documents import read_document

POLICY_PATH = ".remit/policy.toml"
"""Where a repository keeps its policy, relative to its root."""
ORGANISATION_POLICY = Path("/etc/remit/policy.toml")


@dataclass(frozen=True, slots=True)
class PolicyPlaces:
    """Where the policies outside the repository lie."""

    organisation: Path
    user: Path


def policy_places(environ: Mapping[str, str]) -> PolicyPlaces:
    """The usual places."""
    return PolicyPlaces(ORGANISATION_POLICY, config_folder(environ) / "policy.toml")


def load_policy(places: PolicyPlaces, repository: RepositoryFile | None) -> Merged:
    """The policy in force. ``repository`` is the accepted text from the commit, or None.

    Raises InvalidDocument where a policy file does not hold: an unreadable bound is no
    bound, so nothing runs until it is corrected.
    """
    files = []
    for layer, path in (
        (PolicyLayer.ORGANISATION, places.organisation),
        (PolicyLayer.USER, places.user),
    ):
        found = _outside(layer, path)
        if found is not None:
            files.append(found)
    if repository is not None:
        files.append(_parsed(repository.text, repository.path, PolicyLayer.REPOSITORY))
    return merge(files)


def load_one(path: Path) -> Merged:
    """The policy in one file, as a repository's. Raises UsageError where there is none."""
    data = read_document(path, MAX_BYTES)
    if data is None:
        raise UsageError(f"there is no file {path}", "draft one: remit init")
    return merge([_parsed(decode(data, str(path)), str(path), PolicyLayer.REPOSITORY)])


def _outside(layer: PolicyLayer, path: Path) -> PolicyFile | None:
    data = read_document(path, MAX_BYTES)
    return None if data is None else _parsed(decode(data, str(path)), str(path), layer)


def _parsed(text: str, source: str, layer: PolicyLayer) -> PolicyFile:
    from remit.codec.policy_file import parse_policy  # 30 ms that only a policy file is worth

    return parse_policy(text, source, layer)


def require_narrowing(merged: Merged) -> None:
    """Raise InvalidDocument where a lower layer asks for more than one above it."""
    if merged.widenings:
        source = merged.widenings[0].source
        problems: tuple[Problem, ...] = tuple(w.problem for w in merged.widenings)
        raise InvalidDocument(source, problems, "see: remit policy show --origin")
