"""Which changed files decide how a check runs."""

from __future__ import annotations

import pytest

from remit.policy.runner_files import is_runner_file, names_others, runner_files


@pytest.mark.parametrize(
    "path",
    [
        "conftest.py",
        "a/b/conftest.py",
        "pyproject.toml",
        "pkg/package.json",
        ".mocharc.cjs",
        "jest.config.ts",
        "vite.config.mts",
        "requirements-dev.txt",
        "tsconfig.build.json",
        "src/sitecustomize.py",
        "x/evil.pth",
        "_pytest/main.py",
        "phpunit.xml.dist",
        "go.mod",
        "crates/a/build.rs",
    ],
)
def test_runner_configuration(path: str) -> None:
    assert is_runner_file(path)


@pytest.mark.parametrize(
    "path",
    ["src/parser.py", "tests/test_parser.py", "README.md", "src/config.py", "lib/package.ts"],
)
def test_twin_code_and_tests(path: str) -> None:
    assert not is_runner_file(path)


def _of(
    *changed: str,
    command: str = "pytest",
    added: tuple[str, ...] = (),
    **texts: str,
) -> tuple[str, ...]:
    return runner_files(changed, added, [command], texts)


def test_the_program_itself_and_scripts_of_the_command() -> None:
    assert _of("run_tests", command="./run_tests --all") == ("run_tests",)
    assert _of("ci/test.py", command="python ci/test.py") == ("ci/test.py",)
    assert _of("a/b.sh", "src/a.py", command="sh a/b.sh && true") == ("a/b.sh",)


def test_twin_a_test_or_product_file_named_by_the_command() -> None:
    assert _of("tests/test_a.py", command="pytest tests/test_a.py") == ()
    assert _of("src/app.py", command="python src/app.py --selftest") == ()


def test_files_that_files_of_the_start_name() -> None:
    make = {"Makefile": "test:\n\t./scripts/check.sh\n"}
    assert runner_files(["scripts/check.sh"], [], ["make test"], make) == ("scripts/check.sh",)
    package = {"package.json": '{"main": "scripts/app.js", "scripts": {"test": "node ci/t.js"}}'}
    assert runner_files(["ci/t.js", "scripts/app.js"], [], ["npm test"], package) == ("ci/t.js",)
    plugins = {"conftest.py": 'pytest_plugins = ["tests.plugins.fake", "other"]'}
    assert runner_files(["tests/plugins/fake.py"], [], ["pytest"], plugins) == (
        "tests/plugins/fake.py",
    )


def test_a_new_module_that_shadows_the_standard_library() -> None:
    assert _of("json.py", "tests/xml/__init__.py", added=("json.py", "tests/xml/__init__.py")) == (
        "json.py",
        "tests/xml/__init__.py",
    )


def test_twin_a_module_of_that_name_that_was_always_there() -> None:
    assert _of("platform.py", "src/pkg/types.py", added=("src/pkg/types.py",)) == ()


@pytest.mark.parametrize("text", ["", "[]", '{"scripts": []}', '{"scripts": 1}', "{" * 100_000])
def test_a_broken_package_file_names_nothing(text: str) -> None:
    assert runner_files(["ci/t.js"], [], ["npm test"], {"package.json": text}) == ()
    assert names_others("a/package.json")
