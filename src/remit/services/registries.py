"""The hosts that a repository's own lock files install from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from remit.policy.hosts import destination

MOST_HOSTS = 8
_MOST_FILES = 20
_READ = 1024 * 1024
_HOST = rb"https://([^/\"'\s?#]{1,260})"
_SAYS = {
    "package-lock.json": rb"\"resolved\":\s*\"" + _HOST,
    "npm-shrinkwrap.json": rb"\"resolved\":\s*\"" + _HOST,
    "yarn.lock": rb"resolved:? \"?" + _HOST,
    "pnpm-lock.yaml": rb"tarball: " + _HOST,
    "uv.lock": rb"(?:registry|url) = \"" + _HOST,
    "poetry.lock": rb"url = \"" + _HOST,
    "Pipfile.lock": rb"\"url\": \"" + _HOST,
    "Gemfile.lock": rb"remote: " + _HOST,
    "composer.lock": rb"\"url\": \"" + _HOST,
    "Cargo.lock": rb"registry\+" + _HOST,
}
"""How each kind of lock file names where a package comes from."""


def registries(files: Sequence[str], read: Callable[[str], bytes | None]) -> tuple[str, ...]:
    """Host names as a contract writes them, the most frequent first."""
    found: Counter[str] = Counter()
    for path in [path for path in files if path.rpartition("/")[2] in _SAYS][:_MOST_FILES]:
        data = (read(path) or b"")[:_READ]
        for match in re.finditer(_SAYS[path.rpartition("/")[2]], data):
            place = destination(match[1].decode("latin-1"), 443)
            if place is not None and not place.is_address:
                found[str(place)] += 1
    return tuple(host for host, _ in found.most_common(MOST_HOSTS))
