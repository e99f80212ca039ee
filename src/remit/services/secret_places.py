"""Where this machine keeps credentials, as far as a confined program must not read them."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from remit.policy.credential_places import OF_HOME, OF_MACHINE
from remit.policy.zones import is_secret
from remit.system.files import is_plain, list_folder

_HOLDERS = ("", ".config", ".cargo", ".local/share")
"""Folders of a home where entries tell by their names that they hold credentials."""
_HOMES = "/home"
_TRUSTED = (
    "SSL_CERT_FILE",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
)
_MOST_OF_CERTIFICATES = 4 * 1024 * 1024


def secret_places(home: Path) -> tuple[str, ...]:
    """What holds credentials in ``home``, in the homes that this user can read as well, and in the
    system, as far as it is there; the places of agents are not among them."""
    found = [path for one in _homes(home) for path in _of_home(one)]
    found += [path for place in OF_MACHINE for path in _there(Path("/"), place[1:])]
    clients = client_places(home)
    there = dict.fromkeys(os.path.realpath(path) for path in found)
    return tuple(path for path in there if path not in clients)


def client_places(home: Path) -> tuple[str, ...]:
    """Where agents keep their logins and what they do next time."""
    return tuple(str(home / name) for name in (".claude", ".claude.json", ".codex", ".gemini"))


def shown_certificates(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Files of authorities that tools of this user trust, wherever they lie and whatever they are
    called, such as those of a firm's proxy. One that holds a private key is none."""
    files = (environ.get(name, "") for name in _TRUSTED)
    return tuple(dict.fromkeys(file for file in files if file and _is_public(file)))


def _is_public(file: str) -> bool:
    try:
        if not Path(file).is_file():
            return False
        with Path(file).open("rb") as opened:
            text = opened.read(_MOST_OF_CERTIFICATES + 1)
    except (OSError, ValueError):
        return False
    return (
        b"-----BEGIN CERTIFICATE" in text
        and b"PRIVATE" not in text
        and (len(text) <= _MOST_OF_CERTIFICATES)
    )


def secret_files(root: Path, names: Iterable[str], tracked: frozenset[str]) -> tuple[str, ...]:
    """Secret files of the tree that git does not hold: those it holds can be read from it."""
    found = [name for name in names if name not in tracked and is_secret(name)]
    return tuple(str(root / name) for name in found if is_plain(root / name))


def _homes(home: Path) -> tuple[Path, ...]:
    """``home``, this user's home whatever the environment says, and for root everybody's."""
    homes = [home]
    with suppress(KeyError):  # a container runs as whom it likes
        homes.append(Path(pwd.getpwuid(os.geteuid()).pw_dir))
    if os.geteuid() == 0:
        homes += [Path(_HOMES, name) for name in list_folder(Path(_HOMES))]
    return tuple(dict.fromkeys(one for one in homes if one.is_absolute() and one != Path("/")))


def _of_home(home: Path) -> Iterator[Path]:
    for place in OF_HOME:
        yield from _there(home, place)
    for holder in _HOLDERS:
        folder = home / holder
        yield from (folder / name for name in list_folder(folder) if is_secret(name))


def _there(folder: Path, place: str) -> Iterator[Path]:
    if "*" in place:
        yield from folder.glob(place)
    elif os.path.lexists(f"{folder}/{place}"):
        yield folder / place
