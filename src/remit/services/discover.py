"""What a repository says of itself: how it is tested, where its parts lie, who answers.

Reads files, runs nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from remit.model.facts import Facts, Found
from remit.model.policy import Area, PolicyCheck
from remit.services.codeowners import parse_codeowners
from remit.services.ecosystems import ECOSYSTEMS, Seen, Sight
from remit.services.goals import is_test
from remit.services.projects import projects
from remit.services.registries import registries

Read = Callable[[str], bytes | None]
_LIMIT = 1024 * 1024
_CODE = (
    ".py .js .ts .jsx .tsx .mjs .cjs .go .rs .java .kt .rb .php .c .cc .cpp .h .cs .swift .scala"
    " .ex .exs .lua .sh .vue .svelte"
)
CODE_ENDINGS = tuple(_CODE.split())
_NOT_SOURCE = frozenset({"docs", "doc", "examples", "scripts", "tools", "vendor", "third_party"})
_OWNER_FILES = ("CODEOWNERS", ".github/CODEOWNERS", ".gitlab/CODEOWNERS", "docs/CODEOWNERS")
_ARTIFACTS = {
    ".pytest_cache": "**/.pytest_cache/**",
    "__pycache__": "**/__pycache__/**",
    ".mypy_cache": "**/.mypy_cache/**",
    ".ruff_cache": "**/.ruff_cache/**",
    ".coverage": ".coverage",
    "coverage": "coverage/**",
    "htmlcov": "htmlcov/**",
    "dist": "dist/**",
    "build": "build/**",
    "target": "target/**",
    ".tox": ".tox/**",
    ".nox": ".nox/**",
    ".hypothesis": "**/.hypothesis/**",
    ".next": ".next/**",
    ".cache": ".cache/**",
    ".gradle": ".gradle/**",
    ".vitest": ".vitest/**",
}
_PYTHON_CACHES = ("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis")
"""Every run of the usual tools writes these: without them an honest agent would be stopped."""
_MANIFESTS = frozenset(
    {
        "pyproject.toml",
        "setup.cfg",
        "setup.py",
        "uv.lock",
        "poetry.lock",
        "Pipfile",
        "Pipfile.lock",
        "package.json",
        "package-lock.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "go.mod",
        "go.sum",
        "Cargo.toml",
        "Cargo.lock",
        "pom.xml",
        "build.gradle",
        "build.gradle.kts",
        "Gemfile",
        "Gemfile.lock",
        "composer.json",
        "composer.lock",
    }
)


@dataclass(frozen=True, slots=True)
class Look:
    """What there is to look at: tracked ``files``, how to ``read`` one, and the names that
    stand in the root without being tracked (``.venv``, ``node_modules``)."""

    files: Sequence[str]
    read: Read
    untracked: Sequence[str] = ()


def discover(look: Look) -> Facts:
    """The facts of a repository; empty where nothing is known of its kind."""
    sight = Sight(frozenset(look.files), _texts(look.read), frozenset(look.untracked))
    checks: list[PolicyCheck] = []
    found: list[Found] = []
    prepare = ""
    share: list[str] = []
    inside = projects(sight)
    for seen in (*_at_root(sight, inside), *inside):
        prepare = prepare or seen.prepare
        share += seen.share
        checks += [known for known in seen.checks if known.check.name not in _names(checks)]
        found.append(Found(seen.what, seen.source))
    sources, tests = _folders(look.files)
    areas = _areas(look.files, sight)
    return Facts(
        files=tuple(look.files),
        checks=tuple(checks),
        source_folders=sources,
        test_folders=tests,
        manifests=_manifests(look.files),
        prepare=prepare,
        share=tuple(dict.fromkeys(share)),
        artifacts=_artifacts(sight),
        areas=areas,
        found=(*found, *_folder_notes(sources, tests)),
        registries=registries(look.files, look.read),
    )


def _at_root(sight: Sight, inside: Sequence[Seen]) -> list[Seen]:
    """What the root tells. A guess from one test file gives way to the project that holds it."""
    folders = tuple(seen.source.rpartition("/")[0] + "/" for seen in inside)
    found = [seen for seen in (ecosystem(sight) for ecosystem in ECOSYSTEMS) if seen is not None]
    return [seen for seen in found if not (folders and seen.source.startswith(folders))]


def _texts(read: Read) -> Callable[[str], str]:
    """Bounded text of a file, "" where there is none or it is no text."""

    def text(path: str) -> str:
        data = read(path)
        return "" if data is None or len(data) > _LIMIT else data.decode("utf-8", "replace")

    return text


def _names(checks: Sequence[PolicyCheck]) -> set[str]:
    return {known.check.name for known in checks}


def _folders(files: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The folders in the root that hold most of the code, and those that hold tests."""
    sources: Counter[str] = Counter()
    tests: Counter[str] = Counter()
    for path in files:
        top, slash, _ = path.partition("/")
        if not slash or not path.endswith(CODE_ENDINGS) or top.startswith("."):
            continue
        if is_test(path):
            tests[top] += 1
        elif top not in _NOT_SOURCE:
            sources[top] += 1
    most = sources.most_common(3)
    kept = tuple(name for name, count in most if count * 5 >= most[0][1])
    inside = tuple(name for name, _ in tests.most_common(3) if name.split("/")[0] not in kept)
    return kept, inside


def _folder_notes(sources: Sequence[str], tests: Sequence[str]) -> tuple[Found, ...]:
    notes = [Found(f"source in {', '.join(sources)}", "the files")] if sources else []
    notes += [Found(f"tests in {', '.join(tests)}", "the files")] if tests else []
    return tuple(notes)


def _manifests(files: Sequence[str]) -> tuple[str, ...]:
    ci = (".github/workflows/", ".circleci/")
    return tuple(
        path
        for path in files
        if path in _MANIFESTS or path.startswith(ci) or path == ".gitlab-ci.yml"
    )


def _artifacts(sight: Sight) -> tuple[str, ...]:
    """Places that tools write in passing: caches of the languages at hand, ignored or not, and
    those build outputs that .gitignore names."""
    ignored = {line.strip().strip("/") for line in sight.text(".gitignore").splitlines()}
    ignored |= {line.removesuffix("/*").removeprefix("**/") for line in ignored}
    if ignored & {"*.pyc", "*.py[cod]", "*.py[co]"}:
        ignored.add("__pycache__")
    if any(path.endswith(".py") for path in sight.files):
        ignored.update(_PYTHON_CACHES)
    return tuple(pattern for name, pattern in _ARTIFACTS.items() if name in ignored)


def _areas(files: Sequence[str], sight: Sight) -> tuple[Area, ...]:
    for path in _OWNER_FILES:
        if path in sight.files:
            return parse_codeowners(sight.text(path))
    return ()
