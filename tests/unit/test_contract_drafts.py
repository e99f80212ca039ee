"""A goal and a repository give a narrow contract, and each guess says why."""

from __future__ import annotations

import json

import pytest

from remit.codec.contract import dump, parse
from remit.codec.policy_file import parse_policy
from remit.model.contract import Shows
from remit.model.facts import Facts
from remit.model.policy import Policy, PolicyLayer
from remit.policy.matching import Patterns
from remit.services.discover import Look, discover
from remit.services.drafts import Draft, draft
from remit.services.policy_text import policy_text
from remit.services.readiness import Setting, judge
from remit.services.templates import Template

PYTHON = {
    "pyproject.toml": "[tool.pytest.ini_options]\n",
    "src/calc/parser.py": "",
    "src/calc/lexer.py": "",
    "src/billing/export.py": "",
    "tests/test_parser.py": "",
    "tests/test_lexer.py": "",
    "README.md": "",
    "docs/guide.md": "",
    "uv.lock": "",
    ".gitignore": "__pycache__/\n.venv/\n*.py[cod]\n/dist/\n",
    ".github/CODEOWNERS": "* @all\n/src/billing/ @grace @team # money\ndocs/\n",
}


def _facts(files: dict[str, str], *untracked: str) -> Facts:
    return discover(
        Look(tuple(files), lambda path: files[path].encode() if path in files else None, untracked)
    )


def _draft(goal: str, files: dict[str, str] = PYTHON, template: Template | None = None) -> Draft:
    return draft(goal, _facts(files), Policy(), "Ada", template)


@pytest.mark.parametrize(
    ("goal", "edit", "command", "shows"),
    [
        (
            "fix the failing parser test",
            ("src/calc/parser*", "tests/test_parser*"),
            "python3 -m pytest -q tests/test_parser.py",
            Shows.RED_THEN_GREEN,
        ),
        (
            "Let the lexer read tabs",
            ("src/calc/lexer*", "tests/test_lexer*"),
            "python3 -m pytest -q tests/test_lexer.py",
            Shows.GREEN,
        ),
        (
            "fix src/calc/parser.py so that empty input is fine",
            ("src/calc/parser.py",),
            "python3 -m pytest -q",
            Shows.RED_THEN_GREEN,
        ),
        (
            "Support negative numbers",
            ("src/**", "tests/**"),
            "python3 -m pytest -q",
            Shows.GREEN,
        ),
        (
            "Upgrade pydantic to 3",
            ("pyproject.toml", "uv.lock"),
            "python3 -m pytest -q",
            Shows.GREEN,
        ),
    ],
)
def test_the_words_of_the_goal_choose(
    goal: str, edit: tuple[str, ...], command: str, shows: Shows
) -> None:
    drafted = _draft(goal)
    assert drafted.contract.scope.edit == edit
    (check,) = drafted.contract.evidence.checks
    assert (check.command, check.shows) == (command, shows)
    assert all(drafted.notes)
    assert parse(dump(drafted.contract), "draft") == drafted.contract


def test_documentation_needs_no_check_and_says_so() -> None:
    contract = _draft("Describe the options in the documentation").contract
    assert contract.scope.edit == ("*.md", "docs/**")
    assert contract.evidence.none
    named = _draft("Describe the parser in the README").contract
    assert named.scope.edit == ("README*",)


def test_no_test_command_is_said_and_not_made_up() -> None:
    drafted = _draft("Support tabs", {"src/a.txt": "", "main.c": ""})
    assert drafted.contract.evidence.checks == ()
    assert any("no test command" in note for note in drafted.notes)


def test_a_draft_that_says_too_little_is_not_ready() -> None:
    drafted = _draft("Support tabs", {"notes.txt": ""})
    problems = judge(drafted.contract, Setting()).problems
    assert [problem.key for problem in problems] == ["scope.edit", "evidence.checks"]


def test_a_draft_stays_inside_the_policy() -> None:
    text = 'scope.edit = ["src/**"]\nscope.never_edit = ["src/billing/**"]\n'
    text += 'limits.time = "5m"\ncommands.never = ["git push"]\n'
    policy = parse_policy(text, "p", PolicyLayer.REPOSITORY).policy
    facts = _facts(PYTHON)
    contract = draft("fix the failing parser test", facts, policy, "Ada").contract
    assert contract.scope.edit == ("src/calc/parser*",)
    assert contract.budget.time_s == 300
    assert contract.commands.never == ("git push",)
    assert draft("fix the export of bills", facts, policy, "Ada").contract.scope.edit == ("src/**",)


def test_the_reviewer_comes_from_the_owners_of_what_is_edited() -> None:
    assert _draft("fix src/billing/export.py").contract.people.reviewer == "@grace"


def test_a_template_can_be_chosen() -> None:
    contract = _draft("rows gain a column", template=Template.MIGRATION).contract
    assert contract.stop.allow_zones == ("migrations",)


def _package(script: str) -> str:
    return json.dumps({"scripts": {"test": script}})


MONOREPO = {
    "packages/api/pyproject.toml": "[tool.pytest.ini_options]\n",
    "packages/api/src/api/parser.py": "",
    "packages/api/tests/test_parser.py": "from api import parser\n",
    "packages/web/package.json": _package("node --test"),
    "packages/web/lib/parser.js": "",
    "packages/web/test/parser.test.js": "",
    "packages/web/lib/menu.js": "",
    "README.md": "",
}


def test_each_package_of_a_repository_has_its_own_check() -> None:
    both = _draft("fix the failing parser test", MONOREPO).contract.evidence
    assert [check.command for check in both.checks] == [
        "python3 -m pytest -q packages/api/tests/test_parser.py",
        "npm --prefix packages/web test",
    ]
    one = _draft("Let the menu open at the left", MONOREPO).contract.evidence
    assert [check.name for check in one.checks] == ["tests web"]
    policy = parse_policy(policy_text(_facts(MONOREPO)), "p", PolicyLayer.REPOSITORY).policy
    assert [check.paths for check in policy.checks] == [("packages/api/**",), ("packages/web/**",)]


def test_caches_are_artifacts_wherever_a_package_lies() -> None:
    artifacts = Patterns(_facts(MONOREPO).artifacts)
    assert artifacts.matches("packages/api/.pytest_cache/v/cache/nodeids")
    assert artifacts.matches(".ruff_cache/CACHEDIR.TAG")


def test_a_runner_is_given_no_tests_of_another_language() -> None:
    files = {**PYTHON, "web/parser.test.js": ""}
    (check,) = _draft("fix the failing parser test", files).contract.evidence.checks
    assert check.command == "python3 -m pytest -q tests/test_parser.py"


def test_code_in_the_root_can_be_changed() -> None:
    named = {"parser.py": "", "test_parser.py": "import unittest\n"}
    assert _draft("fix the parser", named).contract.scope.edit == ("parser*", "test_parser*")
    script = {"count.sh": "", "Makefile": "test:\n\tsh t.sh\n", "t.sh": "", "README.md": ""}
    assert _draft("let it sum", script).contract.scope.edit == ("count.sh", "t.sh")


def test_the_whole_suite_runs_unasked_beside_a_part_of_it() -> None:
    contract = _draft("fix the failing parser test").contract
    assert contract.commands.free == ("python3 -m pytest -q",)
    assert _draft("Support negative numbers").contract.commands.free == ()
    closed = Policy(free=())
    assert draft("fix the parser", _facts(PYTHON), closed, "Ada").contract.commands.free == ()


def test_nothing_is_installed_for_a_package_without_dependencies() -> None:
    assert _facts({"package.json": _package("node --test")}).prepare == ""
    needs = json.dumps({"scripts": {"test": "x"}, "devDependencies": {"x": "1"}})
    assert _facts({"package.json": needs}).prepare == "npm install"


@pytest.mark.parametrize(
    ("files", "untracked", "command", "prepare", "share"),
    [
        ({"a.py": "", "pytest.ini": ""}, (), "python3 -m pytest -q", "", ()),
        (
            {"a.py": "", "tests/test_a.py": "import unittest\n"},
            (),
            "python3 -m unittest discover -s tests",
            "",
            (),
        ),
        (
            {"a.py": "", "tox.ini": "[pytest]\n", "uv.lock": ""},
            (".venv",),
            ".venv/bin/python -m pytest -q",
            "",
            (".venv",),
        ),
        (
            {"package.json": _package("vitest run"), "package-lock.json": ""},
            (),
            "npm test",
            "npm ci",
            (),
        ),
        (
            {"package.json": _package("jest"), "yarn.lock": ""},
            ("node_modules",),
            "yarn test",
            "",
            ("node_modules",),
        ),
        (
            {"package.json": _package("x"), "pnpm-lock.yaml": ""},
            (),
            "pnpm test",
            "pnpm install --frozen-lockfile",
            (),
        ),
        ({"go.mod": ""}, (), "go test ./...", "", ()),
        ({"Cargo.toml": ""}, (), "cargo test", "", ()),
        ({"pom.xml": "", "mvnw": ""}, (), "./mvnw -q test", "", ()),
        ({"build.gradle": ""}, (), "gradle test", "", ()),
        ({"Gemfile": "", ".rspec": ""}, (), "bundle exec rspec", "", ()),
        ({"phpunit.xml": ""}, (), "vendor/bin/phpunit", "composer install", ()),
        ({"Makefile": "all:\n\ntest: all\n\tcc x.c\n"}, (), "make test", "", ()),
    ],
)
def test_each_kind_of_project_is_recognised(
    files: dict[str, str], untracked: tuple[str, ...], command: str, prepare: str, share: object
) -> None:
    facts = _facts(files, *untracked)
    assert facts.checks[0].check.command == command
    assert (facts.prepare, facts.share) == (prepare, share)
    policy = parse_policy(policy_text(facts), "policy.toml", PolicyLayer.REPOSITORY).policy
    assert policy.checks == facts.checks


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"package.json": "[" * 100_000},
        {"package.json": '{"scripts": ["test"]}'},
        {"package.json": _package('echo "Error: no test specified" && exit 1')},
        {"Makefile": "test := 1\n"},
    ],
)
def test_what_is_not_there_is_not_found(files: dict[str, str]) -> None:
    assert _facts(files).checks == ()


def test_hostile_names_become_a_valid_policy() -> None:
    owners = '/a\\b @x\n!/c @y\n/../d @z\n#e @w\n\'"q" @v\n/ok/ @grace\n'
    facts = _facts({"CODEOWNERS": owners, "a.py": "", 'tests/test_"$(id)".py': "import unittest\n"})
    policy = parse_policy(policy_text(facts), "policy.toml", PolicyLayer.REPOSITORY).policy
    assert ("ok/**",) in [area.paths for area in policy.areas]


def test_what_is_ignored_and_written_by_tools_is_an_artifact() -> None:
    found = set(_facts(PYTHON).artifacts)
    assert {"**/__pycache__/**", "**/.pytest_cache/**", "dist/**"} <= found
    assert "build/**" not in found


def test_a_goal_that_names_only_a_test_may_change_the_source_it_tests() -> None:
    """Else nothing but the test could turn it green, which the gate refuses."""
    files = {"src/scan.py": "", "tests/test_parser.py": "import unittest\n"}
    assert _draft("fix the failing parser test", files).contract.scope.edit == (
        "src/**",
        "tests/test_parser*",
    )
    written = "fix the failing tests/test_parser.py"
    assert _draft(written, files).contract.scope.edit == ("tests/test_parser.py",)
    assert _draft("add a parser case", files).contract.scope.edit == ("tests/test_parser*",)
