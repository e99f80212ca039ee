"""Where this machine keeps credentials, as far as a confined program must not read them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from remit.policy.zones import is_secret
from remit.system.files import is_plain, list_folder

_SECRETS_OF_SYSTEM = ("/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/sudoers.d")
_HOLDERS = (
    "",
    ".config",
    ".cargo",
    ".m2",
    ".gradle",
    ".local/share",
    ".terraform.d",
    ".config/git",
)
"""Folders of a home where single entries hold credentials."""
_SECRET_ENTRIES = frozenset(
    {
        ".config/google-chrome",
        ".config/chromium",
        ".mozilla",
        ".m2/settings.xml",
        ".m2/settings-security.xml",
        ".gradle/gradle.properties",
        ".terraform.d/credentials.tfrc.json",
        ".config/rclone",
        ".config/hub",
        ".config/op",
        ".config/doctl",
        ".config/sops",
        ".config/age",
        ".config/containers",
    }
)


def secret_places(home: Path) -> tuple[str, ...]:
    """What of the user's home and of the system holds credentials, as far as it is there; the
    places of agents are not among them."""
    found = []
    for holder in _HOLDERS:
        for name in list_folder(home / holder):
            relative = f"{holder}/{name}" if holder else name
            path = home / relative
            if relative in _SECRET_ENTRIES or is_secret(str(path)):
                found.append(path)
    found += [Path(path) for path in _SECRETS_OF_SYSTEM]
    clients = client_places(home)
    there = dict.fromkeys(os.path.realpath(path) for path in found if path.exists())
    return tuple(path for path in there if path not in clients)


def client_places(home: Path) -> tuple[str, ...]:
    """Where agents keep their logins and what they do next time."""
    return tuple(str(home / name) for name in (".claude", ".claude.json", ".codex", ".gemini"))


def secret_files(root: Path, names: Iterable[str], tracked: frozenset[str]) -> tuple[str, ...]:
    """Secret files of the tree that git does not hold: those it holds can be read from it."""
    found = [name for name in names if name not in tracked and is_secret(name)]
    return tuple(str(root / name) for name in found if is_plain(root / name))
