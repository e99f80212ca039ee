"""Who git says the user is: read from the user's own files, never by running their hooks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from remit.system.git import Repository
from remit.system.git_command import GitCall, GitFailed, git


def git_user(repository: Repository, environ: Mapping[str, str]) -> str | None:
    """``Ada <ada@example.org>`` as git would write it into a commit, or None."""
    name = environ.get("GIT_AUTHOR_NAME") or _setting(repository, environ, "user.name")
    email = environ.get("GIT_AUTHOR_EMAIL") or _setting(repository, environ, "user.email")
    if name and email:
        return f"{name} <{email}>"
    return name or email or None


def _setting(repository: Repository, environ: Mapping[str, str], key: str) -> str:
    for path in _files(repository, environ):
        if path.is_file():
            call = ("config", "--file", str(path), "--no-includes", "-z", "--get", key)
            try:
                found = git(GitCall(repository.own, call, accept=frozenset({0, 1})))
            except GitFailed:
                continue
            value = found.rstrip(b"\0").decode("utf-8", "replace")
            if value:
                return " ".join(value.split())
    return ""


def _files(repository: Repository, environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Strongest first, as git reads them."""
    home = Path(environ.get("HOME") or "/nonexistent")
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    chosen = environ.get("GIT_CONFIG_GLOBAL")
    user = (Path(chosen),) if chosen else (home / ".gitconfig", config / "git" / "config")
    return (repository.common_dir / "config", *user, Path("/etc/gitconfig"))
