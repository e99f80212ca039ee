"""Sensitive areas, secret places and goalposts, told from a path alone.

Words are compared whole: ``src/author.py`` is not authentication. Tests are goalposts, not
part of the area whose name they carry.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache

from remit.model.contract import Stop
from remit.policy.credential_places import is_credential_place
from remit.policy.matching import Patterns, get_patterns
from remit.policy.wordlist import words

_WORDS: dict[str, frozenset[str]] = {
    "auth": words(
        "auth authn authz authentication authenticator authorization authorisation oauth oauth2 "
        "login sso saml oidc jwt rbac acl password passwords"
    ),
    "billing": words(
        "billing payment payments invoice invoices invoicing payroll stripe paypal refund "
        "refunds charge charges"
    ),
    "customer-data": frozenset(["pii", "gdpr"]),
    "production-data": frozenset(["backups", "proddata"]),
    "migrations": frozenset(["migration", "migrations", "alembic", "flyway", "liquibase"]),
    "deploy": words(
        "deploy deployment deployments kubernetes k8s helm terraform ansible pulumi dockerfile"
    ),
    "secrets": frozenset(["secrets", "credentials", "keystore"]),
    "incidents": frozenset(["incident", "incidents", "postmortem", "postmortems"]),
    "shared-contracts": frozenset(["openapi", "swagger", "protobuf", "proto", "protos"]),
}
_PLACES: dict[str, tuple[str, ...]] = {
    "customer-data": ("customer[-_]data/**", "user[-_]data/**", "customers.*"),
    "production-data": ("prod[-_]data/**", "production[-_]data/**", "data/prod*/**", "*.dump"),
    "migrations": ("/db/migrate/**", "**/db/migrate/**", "**/prisma/migrations/**"),
    "deploy": (
        "/.github/workflows",
        "/.github/actions",
        ".gitlab-ci.yml",
        "/.circleci",
        "/.buildkite",
        "/.drone.yml",
        "Jenkinsfile",
        "azure-pipelines.yml",
        "bitbucket-pipelines.yml",
        ".travis.yml",
        "Dockerfile*",
        "*.dockerfile",
        "docker-compose*.y*ml",
        "compose.y*ml",
        "*.tf",
        "*.tfvars",
        "Procfile",
        "fly.toml",
        "vercel.json",
        "netlify.toml",
        "serverless.y*ml",
        "skaffold.yaml",
        "Chart.yaml",
    ),
    "shared-contracts": ("*.proto", "*.avsc", "*.thrift", "openapi*.*", "swagger*.*"),
}
DEFAULT_ZONES: tuple[str, ...] = tuple(_WORDS)
"""The names of the zones that stop a run unless a contract opens them."""

_SECRET_NAMES = re.compile(
    r"""
    \.env(?:\..+|rc)? | .+\.env | \.netrc | _netrc | \.npmrc | \.pypirc | \.pgpass | \.my\.cnf
    | \.git-credentials | \.htpasswd | \.vault-token | \.dockercfg | \.yarnrc\.yml
    | id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?(?:\..+)?
    | .+\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk|asc|tfstate|agekey)
    | (?:service[-_]?account|client[-_]?secrets?|credentials?)[^/]*\.(?:json|ya?ml|toml|ini|xml)
    | credentials | secrets?\.(?:json|ya?ml|toml|ini|env|txt) | master\.key | shadow | gshadow
    | \.(?:bash|zsh|python|node_repl|psql|mysql|sqlite)_history
    """,
    re.VERBOSE | re.IGNORECASE,
)
_PUBLIC_NAMES = re.compile(
    r".*\.(?:example|sample|template|dist|tmpl|tpl|defaults?|schema)(?:\..+)?"
    r"|.*[-_.](?:example|sample|template)\.[a-z]+|.*\.pub(?:\.pem|\.asc)?|.*public.*\.(?:pem|asc)",
    re.IGNORECASE,
)
_SECRET_FOLDERS = words(
    ".ssh .aws .gnupg .azure .kube .docker .password-store .vault .gcloud gcloud .oci "
    "keyrings .secrets"
)
_SECRET_PLACES = re.compile(r"/proc/[^/]+/(?:environ|mem|maps|fd)(?:/|$)|/\.claude\.json$")

_GOALPOSTS = get_patterns(
    (
        "test/",
        "tests/",
        "spec/",
        "specs/",
        "__tests__/",
        "testdata/",
        "fixtures/",
        "__snapshots__/",
        "e2e/",
        "test_*.py",
        "*_test.*",
        "*_tests.*",
        "*.test.*",
        "*.spec.*",
        "*_spec.rb",
        "*Test.java",
        "*Tests.cs",
        "*.snap",
        "conftest.py",
        "pytest.ini",
        "tox.ini",
        "noxfile.py",
        ".coveragerc",
        "codecov.yml",
        "jest.config.*",
        "vitest.config.*",
        "karma.conf.*",
        "playwright.config.*",
        "cypress.config.*",
        ".mocharc*",
        "phpunit.xml*",
    )
)
_RUNS = re.compile(r"[A-Za-z0-9]+")
_SEGMENTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+\d*|\d+")


def is_goalpost(relative: str) -> bool:
    """Whether ``relative`` says what passes: a test, a fixture, a threshold, a runner's setting."""
    return _GOALPOSTS.matches(relative)


@lru_cache(maxsize=4096)
def is_secret(path: str) -> bool:
    """Whether ``path`` (relative or absolute) is a place where credentials are kept."""
    parts = [part for part in path.split("/") if part]
    if not parts:
        return False
    if _SECRET_PLACES.search(path) or is_credential_place(path):
        return True
    if any(part in _SECRET_FOLDERS for part in parts):
        return not _is_public(parts[-1])
    return _SECRET_NAMES.fullmatch(parts[-1]) is not None and not _is_public(parts[-1])


_SAMPLES = words(
    ".env .env.local .netrc .npmrc .pypirc .pgpass .git-credentials .ssh .aws id_rsa id_ed25519 "
    "server.pem server.key"
)


@lru_cache(maxsize=1024)
def may_be_secret(pattern: str) -> bool:
    """Whether a pattern of names singles out secret ones: ``.e*``, ``id_*``, but not ``*``."""
    fixed = sum(letter not in "*?[]" for letter in pattern)
    dotted = pattern.startswith(".")
    if fixed < 2 and not dotted:
        return False
    return any(
        fnmatchcase(name, pattern) for name in _SAMPLES if dotted or not name.startswith(".")
    )


def _is_public(name: str) -> bool:
    return _PUBLIC_NAMES.fullmatch(name) is not None or name in ("known_hosts.example",)


def zone_of(relative: str, stop: Stop) -> str:
    """The sensitive zone ``relative`` lies in, ``""`` if none, opened or not."""
    return _zone(relative, stop.zones) or _stop_path(relative, stop.paths)


def _stop_path(relative: str, paths: tuple[str, ...]) -> str:
    return "stop.paths" if paths and get_patterns(paths).matches(relative) else ""


@lru_cache(maxsize=4096)
def _zone(relative: str, further: tuple[str, ...]) -> str:
    if is_secret(relative):
        return "secrets"
    if placed := placed_zone(relative):
        return placed
    return "" if is_goalpost(relative) else _worded(relative, further)


def placed_zone(relative: str) -> str:
    """The zone that nothing else than what belongs to it lies in, ``""`` if none."""
    found = (zone for zone, patterns in _compiled().items() if patterns.matches(relative))
    return next(found, "")


def _worded(relative: str, further: tuple[str, ...]) -> str:
    words = _words(relative)
    for zone, known in _WORDS.items():
        if words & known:
            return zone
    return next((zone for zone in further if zone.casefold() in words), "")


def _words(relative: str) -> frozenset[str]:
    """The words of every part of a path, without the extension of its last."""
    parts = relative.split("/")
    parts[-1] = parts[-1].split(".")[0] if not parts[-1].startswith(".") else parts[-1]
    found = (word for part in parts for word in _SEGMENTS.findall(part) + _RUNS.findall(part))
    return frozenset(word.lower() for word in found)


@lru_cache(maxsize=1)
def _compiled() -> dict[str, Patterns]:
    return {zone: get_patterns(patterns) for zone, patterns in _PLACES.items()}
