"""Who git says the user is: read from the user's own files, never by running their hooks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from remit.system.git import Repository
from remit.system.git_command import GitCall, GitFailed, git


def git_user(repository: Repository, environ: Mapping[str, str]) -> str | None:
    """``Ada <ada@example.org>`` as git would write it into a commit, or None."""
    name = environ.get("GIT_AUTHOR_NAME", "")
    email = environ.get("GIT_AUTHOR_EMAIL", "")
    for path in _files(repository, environ):
        if name and email:
            break
        found = _settings(repository, path)
        name, email = name or found.get("user.name", ""), email or found.get("user.email", "")
    if name and email:
        return f"{name} <{email}>"
    return name or email or None


def _settings(repository: Repository, path: Path) -> dict[str, str]:
    """``user.name`` and ``user.email`` of one file, as far as they stand there."""
    if not path.is_file():
        return {}
    call = ("config", "--file", str(path), "--no-includes", "-z", "--get-regexp", _WANTED)
    try:
        found = git(GitCall(repository.own, call, accept=frozenset({0, 1})))
    except GitFailed:
        return {}
    lines = (line.partition("\n") for line in found.decode("utf-8", "replace").split("\0"))
    return {key: " ".join(value.split()) for key, _, value in lines}


_WANTED = r"^user\.(name|email)$"


def _files(repository: Repository, environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Strongest first, as git reads them."""
    home = Path(environ.get("HOME") or "/nonexistent")
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    chosen = environ.get("GIT_CONFIG_GLOBAL")
    user = (Path(chosen),) if chosen else (home / ".gitconfig", config / "git" / "config")
    return (repository.common_dir / "config", *user, Path("/etc/gitconfig"))
