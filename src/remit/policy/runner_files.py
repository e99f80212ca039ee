"""Which files decide how a check runs, and so come from the start commit.

A file that merely says what is tested (a test, a fixture) is not one: see
``policy.zones.is_goalpost``.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase

from remit.policy.results.runners import plain_words

_NAMES = frozenset(
    [
        "conftest.py",
        "pytest.ini",
        ".pytest.ini",
        "pyproject.toml",
        "tox.ini",
        "setup.cfg",
        "setup.py",
        "noxfile.py",
        "manage.py",
        "sitecustomize.py",
        "usercustomize.py",
        "pytest.py",
        "pluggy.py",
        ".coveragerc",
        ".python-version",
        "poetry.lock",
        "uv.lock",
        "pdm.lock",
        "Pipfile",
        "Pipfile.lock",
        "Makefile",
        "makefile",
        "GNUmakefile",
        "justfile",
        ".justfile",
        "Rakefile",
        "CMakeLists.txt",
        "package.json",
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "bun.lock",
        "bun.lockb",
        "pnpm-workspace.yaml",
        ".npmrc",
        ".pnpmfile.cjs",
        "mocha.opts",
        ".swcrc",
        ".nvmrc",
        ".node-version",
        ".tool-versions",
        "Cargo.toml",
        "Cargo.lock",
        "build.rs",
        "rust-toolchain",
        "rust-toolchain.toml",
        "nextest.toml",
        "go.mod",
        "go.sum",
        "go.work",
        "go.work.sum",
        "composer.json",
        "composer.lock",
        ".rspec",
        "Gemfile",
        "Gemfile.lock",
        "spec_helper.rb",
        "rails_helper.rb",
        "pom.xml",
        "gradle.properties",
        ".env",
        ".envrc",
    ]
)
_PATTERNS = (
    "*.pth",
    "*.mk",
    "requirements*.txt",
    "constraints*.txt",
    "Taskfile.y*ml",
    ".yarnrc*",
    "jest.config.*",
    "jest.setup.*",
    "vitest.config.*",
    "vitest.setup.*",
    "vitest.workspace.*",
    "vite.config.*",
    ".mocharc*",
    "karma.conf.*",
    "playwright.config.*",
    "cypress.config.*",
    "babel.config.*",
    ".babelrc*",
    "tsconfig*.json",
    "ava.config.*",
    ".c8rc*",
    ".nycrc*",
    "phpunit.xml*",
    "build.gradle*",
    "settings.gradle*",
)
_FOLDERS = frozenset({"_pytest", "pluggy", "iniconfig", ".cargo", ".mvn"})
_SCRIPT_FOLDERS = frozenset({"scripts", "script", "ci", ".ci", "tools", "bin", "hack", "build"})
_SCRIPT_ENDINGS = (".sh", ".bash")
_IMPORTABLE_FROM = frozenset({"", "src", "lib", "test", "tests"})
_WORD = re.compile(r"[\w./@+-]+")
_PLUGINS = re.compile(r"pytest_plugins\s*=\s*([\[(][^\])]*[\])]|[\"'][^\"']*[\"'])")
_NAMING = frozenset({"Makefile", "makefile", "GNUmakefile", "justfile", "tox.ini", "noxfile.py"})
TEXT_LIMIT = 256 * 1024
"""A naming file longer than this is read no further."""


def is_runner_file(path: str) -> bool:
    """Whether a file of this name decides how some runner works."""
    name = path.rpartition("/")[2]
    if name in _NAMES or _FOLDERS.intersection(path.split("/")[:-1]):
        return True
    return any(fnmatchcase(name, pattern) for pattern in _PATTERNS)


def names_others(path: str) -> bool:
    """Whether the text of this file may name further files that decide how a check runs."""
    name = path.rpartition("/")[2]
    return name in _NAMING or name in ("package.json", "conftest.py")


def runner_files(
    changed: Collection[str],
    added: Collection[str],
    commands: Collection[str],
    texts: Mapping[str, str],
) -> tuple[str, ...]:
    """Those of ``changed`` that decide how ``commands`` run, sorted.

    ``added`` are those of ``changed`` that the start commit lacks; ``texts`` are the files of the
    start commit that :func:`names_others`, by path.
    """
    called = {_clean(word) for command in commands for word in _WORD.findall(command)}
    programs = {_clean(words[0]) for command in commands if (words := plain_words(command))}
    modules: set[str] = set()
    for path, text in texts.items():
        named, plugins = _named_in(path, text[:TEXT_LIMIT])
        called |= named
        modules |= plugins
    return tuple(
        sorted(
            path
            for path in changed
            if is_runner_file(path)
            or path in programs
            or (path in called and _is_script(path))
            or _is_module_of(path, modules)
            or (path in added and _shadows(path))
        )
    )


def _clean(word: str) -> str:
    return word.removeprefix("./")


def _named_in(path: str, text: str) -> tuple[set[str], set[str]]:
    """(files, plugin modules) that a naming file of the start commit speaks of."""
    name = path.rpartition("/")[2]
    if name == "conftest.py":
        found = " ".join(_PLUGINS.findall(text))
        return set(), set(re.findall(r"[\"']([\w.]+)[\"']", found))
    if name == "package.json":
        text = _test_scripts(text)
    return {_clean(word) for word in _WORD.findall(text)}, set()


def _test_scripts(text: str) -> str:
    """The lines of ``scripts`` that have to do with tests."""
    try:
        scripts = json.loads(text)["scripts"]
        return " ".join(str(scripts[name]) for name in scripts if "test" in name)
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _is_script(path: str) -> bool:
    folders = path.split("/")[:-1]
    return path.endswith(_SCRIPT_ENDINGS) or bool(_SCRIPT_FOLDERS.intersection(folders))


def _is_module_of(path: str, modules: set[str]) -> bool:
    dotted = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return path.endswith(".py") and any(
        dotted == module or dotted.endswith("." + module) for module in modules
    )


def _shadows(path: str) -> bool:
    """Whether a new module stands where an import of the standard library would find it."""
    folder, _, name = path.removesuffix("/__init__.py").rpartition("/")
    return folder in _IMPORTABLE_FROM and name.removesuffix(".py") in sys.stdlib_module_names
