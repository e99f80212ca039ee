"""The hosts that a repository's own lock files and package settings install from."""

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
    "Cargo.lock": rb"(?:registry|sparse)\+" + _HOST,
    ".npmrc": rb"registry\s*=\s*" + _HOST,
    ".yarnrc.yml": rb"npmRegistryServer: \"?" + _HOST,
    "pip.conf": rb"index-url\s*=\s*" + _HOST,
    "requirements.txt": rb"index-url[ =]" + _HOST,
    "pom.xml": rb"<url>\s*" + _HOST + rb"[^<]*</url>\s*(?:<[^>]*>[^<]*</[^>]*>\s*)*</repository>",
    "settings.gradle": rb"maven\s*\{\s*url\s*=?\s*[\"']" + _HOST,
    "build.gradle": rb"maven\s*\{\s*url\s*=?\s*[\"']" + _HOST,
}
"""How each kind of file names where a package comes from."""
_SETTINGS = frozenset({".npmrc", ".yarnrc.yml", "pip.conf", "requirements.txt"})
_PYPI = ("pypi.org", "files.pythonhosted.org")
_MAVEN = ("repo.maven.apache.org",)
_WITHOUT_WORDS = {
    "go.sum": ("proxy.golang.org", "sum.golang.org"),
    "Cargo.lock": ("index.crates.io", "static.crates.io"),
    "poetry.lock": _PYPI,
    "pnpm-lock.yaml": ("registry.npmjs.org",),
    "pom.xml": _MAVEN,
    "gradle.lockfile": _MAVEN,
}
"""Where tools go for a file that does not say so."""
_INDEX_OF_CRATES = b"github.com/rust-lang/crates.io-index"


def registries(files: Sequence[str], read: Callable[[str], bytes | None]) -> tuple[str, ...]:
    """Host names as a contract writes them, the most frequent first."""
    found: Counter[str] = Counter()
    known = [path for path in files if path.rpartition("/")[2] in _KNOWN]
    for path in known[:_MOST_FILES]:
        name = path.rpartition("/")[2]
        hosts = _named(name, (read(path) or b"")[:_READ])
        found.update(hosts or _WITHOUT_WORDS.get(name, ()))
    return tuple(host for host, _ in found.most_common(MOST_HOSTS))


_KNOWN = frozenset({*_SAYS, *_WITHOUT_WORDS})


def _named(name: str, data: bytes) -> list[str]:
    """The hosts that a file called ``name`` says, each as often as it does."""
    if name not in _SAYS:
        return []
    text = data.replace(_INDEX_OF_CRATES, b"")  # its name for crates.io, where nothing is fetched
    places = (
        destination(_bare(name, match[1].decode("latin-1")), 443)
        for match in re.finditer(_SAYS[name], text)
    )
    return [str(place) for place in places if place is not None and not place.is_address]


def _bare(name: str, authority: str) -> str:
    """Without the credentials that package settings may hold; a lock file has none."""
    return authority.rpartition("@")[2] if name in _SETTINGS else authority
