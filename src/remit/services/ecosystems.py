"""How projects of each kind are tested and get their dependencies, told by their files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from remit.model.contract import Check
from remit.model.policy import PolicyCheck


@dataclass(frozen=True, slots=True)
class Sight:
    """Tracked files, the bounded text of one, and untracked names in the root."""

    files: frozenset[str]
    text: Callable[[str], str]
    untracked: frozenset[str]

    def any_file(self, pattern: str) -> bool:
        return any(re.search(pattern, path) for path in self.files)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one kind of project tells; ``source`` is the file that told it."""

    what: str
    source: str
    checks: tuple[PolicyCheck, ...] = ()
    prepare: str = ""
    share: tuple[str, ...] = ()


_PYTEST_SIGNS = {
    "pyproject.toml": r"\[tool\.pytest|\bpytest\b",
    "pytest.ini": r"",
    "tox.ini": r"\[pytest\]|\bpytest\b",
    "setup.cfg": r"\[tool:pytest\]|\bpytest\b",
    "requirements-dev.txt": r"(?m)^pytest\b",
    "requirements.txt": r"(?m)^pytest\b",
    "conftest.py": r"",
    "tests/conftest.py": r"",
}


def _suite(command: str, targeted: str = "", name: str = "tests") -> PolicyCheck:
    return PolicyCheck(Check(name, command), targeted=targeted)


def _python(sight: Sight) -> Seen | None:
    if not sight.any_file(r"\.py$"):
        return None
    python, share = _interpreter(sight)
    prepare = _python_prepare(sight) if not share else ""
    for path, sign in _PYTEST_SIGNS.items():
        if path in sight.files and re.search(sign, sight.text(path)):
            check = _suite(f"{python} -m pytest -q", f"{python} -m pytest -q {{paths}}")
            return Seen("pytest", path, (check,), prepare, share)
    test = next((p for p in sorted(sight.files) if _is_python_test(p)), "")
    if not test:
        return Seen("Python, no tests found", "the files", (), prepare, share)
    if re.search(r"^\s*(?:import|from) unittest\b", sight.text(test), re.MULTILINE):
        command = f"{python} -m unittest"
        folder = test.split("/")[0] if "/" in test else "."
        check = _suite(f"{command} discover -s {folder}", f"{command} {{paths}}")
        return Seen("unittest", test, (check,), prepare, share)
    check = _suite(f"{python} -m pytest -q", f"{python} -m pytest -q {{paths}}")
    return Seen("pytest", test, (check,), prepare, share)


def _is_python_test(path: str) -> bool:
    return re.search(r"(^|/)(test_[^/]*|[^/]*_test)\.py$", path) is not None


def _interpreter(sight: Sight) -> tuple[str, tuple[str, ...]]:
    """The environment beside the tree where there is one; it is lent to the checks."""
    for name in (".venv", "venv", "env"):
        if name in sight.untracked:
            return f"{name}/bin/python", (name,)
    return "python3", ()


def _python_prepare(sight: Sight) -> str:
    if "uv.lock" in sight.files:
        return "uv sync --frozen"
    if "poetry.lock" in sight.files:
        return "poetry install --no-interaction"
    return ""


def _node(sight: Sight) -> Seen | None:
    if "package.json" not in sight.files:
        return None
    package = _json(sight.text("package.json"))
    scripts = package.get("scripts")
    script = scripts.get("test", "") if isinstance(scripts, dict) else ""
    manager, prepare = _node_manager(sight)
    share = ("node_modules",) if "node_modules" in sight.untracked else ()
    if share or (prepare == "npm install" and not _has_dependencies(package)):
        prepare = ""
    if not isinstance(script, str) or not script or "no test specified" in script:
        return Seen("Node.js, no test script", "package.json", (), prepare, share)
    check = _suite(f"{manager} test", _node_targeted(script))
    return Seen(f"{manager} test ({script})", "package.json", (check,), prepare, share)


def _has_dependencies(package: dict[str, object]) -> bool:
    kinds = ("dependencies", "devDependencies", "optionalDependencies", "workspaces")
    return any(package.get(kind) for kind in kinds)


def _node_targeted(script: str) -> str:
    if "vitest" in script:
        return "npx vitest run {paths}"
    if "jest" in script:
        return "npx jest {paths}"
    if "mocha" in script:
        return "npx mocha {paths}"
    return "node --test {paths}" if "node --test" in script else ""


def _node_manager(sight: Sight) -> tuple[str, str]:
    if "pnpm-lock.yaml" in sight.files:
        return "pnpm", "pnpm install --frozen-lockfile"
    if "yarn.lock" in sight.files:
        return "yarn", "yarn install --frozen-lockfile"
    return "npm", "npm ci" if "package-lock.json" in sight.files else "npm install"


def _go(sight: Sight) -> Seen | None:
    return (
        Seen("go test", "go.mod", (_suite("go test ./..."),)) if "go.mod" in sight.files else None
    )


def _rust(sight: Sight) -> Seen | None:
    if "Cargo.toml" not in sight.files:
        return None
    return Seen("cargo test", "Cargo.toml", (_suite("cargo test"),))


def _jvm(sight: Sight) -> Seen | None:
    if "pom.xml" in sight.files:
        maven = "./mvnw" if "mvnw" in sight.files else "mvn"
        return Seen("Maven", "pom.xml", (_suite(f"{maven} -q test"),))
    for path in ("build.gradle.kts", "build.gradle"):
        if path in sight.files:
            gradle = "./gradlew" if "gradlew" in sight.files else "gradle"
            return Seen("Gradle", path, (_suite(f"{gradle} test"),))
    return None


def _ruby(sight: Sight) -> Seen | None:
    if "Gemfile" not in sight.files:
        return None
    if ".rspec" in sight.files or sight.any_file(r"^spec/.*_spec\.rb$"):
        check = _suite("bundle exec rspec", "bundle exec rspec {paths}")
        return Seen("RSpec", ".rspec" if ".rspec" in sight.files else "spec", (check,))
    return Seen("Rake", "Gemfile", (_suite("bundle exec rake test"),))


def _php(sight: Sight) -> Seen | None:
    for path in ("phpunit.xml", "phpunit.xml.dist"):
        if path in sight.files:
            check = _suite("vendor/bin/phpunit", "vendor/bin/phpunit {paths}")
            share = ("vendor",) if "vendor" in sight.untracked else ()
            return Seen("PHPUnit", path, (check,), "" if share else "composer install", share)
    return None


def _make(sight: Sight) -> Seen | None:
    for path in ("Makefile", "makefile", "GNUmakefile"):
        found = path in sight.files and re.search(r"(?m)^test\s*:(?!=)", sight.text(path))
        if found:
            return Seen("make test", path, (_suite("make test"),))
    return None


ECOSYSTEMS: Final = (_python, _node, _go, _rust, _jvm, _ruby, _php, _make)
"""Looked at in this order; the first test command found is the one drafts use."""


def _json(text: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
