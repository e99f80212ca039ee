"""Where paths lead on this machine, and what a path alone tells."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from remit.model.contract import Stop
from remit.policy.matching import Patterns
from remit.policy.zones import DEFAULT_ZONES, is_goalpost, is_secret, zone_of
from remit.system.files import find_root, resolve

HOME = "/home/nobody"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    (root / "src").mkdir(parents=True)
    (root / "src" / "a.py").write_text("")
    return root


def _relative(root: Path, written: str, cwd: str = "") -> str | None:
    return resolve(written, str(root / cwd), str(root), HOME).relative


def test_plain_paths(root: Path) -> None:
    assert _relative(root, "src/a.py") == "src/a.py"
    assert _relative(root, "a.py", "src") == "src/a.py"
    assert _relative(root, str(root / "src" / "a.py")) == "src/a.py"
    assert _relative(root, ".") == ""


def test_climbing_out(root: Path) -> None:
    assert _relative(root, "../x") is None
    assert _relative(root, "src/../../x") is None
    assert _relative(root, f"../{root.name}/src") == "src"


def test_a_folder_that_only_begins_alike_is_outside(root: Path) -> None:
    assert _relative(root, f"../{root.name}-evil/x") is None


def test_links_are_followed_in_every_part(root: Path, tmp_path: Path) -> None:
    os.symlink(tmp_path, root / "src" / "out")
    os.symlink("src", root / "code")
    assert _relative(root, "src/out/x") is None
    assert _relative(root, "code/a.py") == "src/a.py"
    assert _relative(root, "src/out/repository/src/a.py") == "src/a.py"


def test_dot_dot_after_a_link_climbs_where_the_link_leads(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "deep").mkdir(parents=True)
    os.symlink(tmp_path / "elsewhere" / "deep", root / "src" / "deep")
    resolved = resolve("src/deep/../x", str(root), str(root), HOME)
    assert resolved.absolute == str(tmp_path / "elsewhere" / "x")


def test_a_dangling_link_leads_to_what_it_would_make(root: Path, tmp_path: Path) -> None:
    os.symlink(tmp_path / "not-yet", root / "src" / "new")
    assert resolve("src/new", str(root), str(root), HOME).absolute == str(tmp_path / "not-yet")


def test_missing_parents_are_kept(root: Path) -> None:
    assert _relative(root, "src/x/y/z.py") == "src/x/y/z.py"


def test_home(root: Path) -> None:
    assert resolve("~/x", str(root), str(root), HOME).absolute == f"{HOME}/x"
    with pytest.raises(ValueError, match="another user"):
        resolve("~root/x", str(root), str(root), HOME)


@pytest.mark.parametrize("written", ["", "a\0b"])
def test_what_no_file_can_be_called(root: Path, written: str) -> None:
    with pytest.raises(ValueError, match="not a path"):
        resolve(written, str(root), str(root), HOME)


def test_a_loop_of_links_cannot_be_resolved(root: Path) -> None:
    os.symlink("two", root / "one")
    os.symlink("one", root / "two")
    with pytest.raises(OSError, match="symbolic links"):
        resolve("one", str(root), str(root), HOME)


def test_bytes_that_are_no_text(root: Path) -> None:
    name = os.fsdecode(b"\xff.py")
    assert _relative(root, f"src/{name}") == f"src/{name}"


def test_the_root_is_the_nearest_folder_with_git(root: Path) -> None:
    (root / ".git").mkdir()
    assert find_root(str(root / "src")) == str(root.resolve())
    assert find_root("/") is None


def test_patterns() -> None:
    scope = Patterns(("src/**", "!src/generated/**", "/README.md"))
    assert scope.matches("src/a/b.py")
    assert not scope.matches("src/generated/x.py")
    assert scope.matches("README.md")
    assert not scope.matches("docs/README.md")
    assert not scope.matches("")
    assert not Patterns(()).matches("src/a.py")
    assert scope.holds("src")
    assert not scope.holds("src/generated")
    assert scope.carves("src/")
    assert not scope.carves("docs/")


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        "app/.env.local",
        "id_rsa",
        "/home/x/.ssh/config",
        "/home/x/.aws/credentials",
        ".netrc",
        "deploy/server.pem",
        "keys/app.key",
        "credentials.json",
        "gcp-service-account.json.key",
        "/proc/12/environ",
        "service-account-prod.json",
        ".git-credentials",
        "/home/x/.claude/.credentials.json",
        "infra/terraform.tfstate",
    ],
)
def test_secret_places(path: str) -> None:
    assert is_secret(path)


@pytest.mark.parametrize(
    "path",
    [
        ".env.example",
        "config/.env.sample",
        "README.md",
        "src/credentials_form.py",
        "src/keys.py",
        "docs/env.md",
        "src/environ.py",
        "tests/test_secrets.py",
        "id_rsa.pub",
        "src/monkey.py",
        "package.json",
    ],
)
def test_public_places(path: str) -> None:
    assert not is_secret(path)


@pytest.mark.parametrize(
    ("path", "zone"),
    [
        ("src/auth/session.py", "auth"),
        ("src/UserLogin.tsx", "auth"),
        ("lib/oauth2_client.rb", "auth"),
        ("src/billing/invoice.py", "billing"),
        ("app/models/payment.rb", "billing"),
        ("db/migrate/001_add.rb", "migrations"),
        ("app/migrations/0001_initial.py", "migrations"),
        ("Dockerfile", "deploy"),
        ("infra/main.tf", "deploy"),
        (".github/workflows/ci.yml", "deploy"),
        ("k8s/app.yaml", "deploy"),
        (".env", "secrets"),
        ("docs/postmortems/2024.md", "incidents"),
        ("api/openapi.yaml", "shared-contracts"),
        ("proto/a.proto", "shared-contracts"),
        ("data/prod/users.csv", "production-data"),
        ("customer_data/a.csv", "customer-data"),
    ],
)
def test_zones(path: str, zone: str) -> None:
    assert zone_of(path, Stop()) == zone
    assert zone in DEFAULT_ZONES


@pytest.mark.parametrize(
    "path",
    [
        "src/author.py",
        "src/authors/list.py",
        "src/blogging.py",
        "docs/migrating.md",
        "tests/test_auth.py",
        "tests/test_migrate_utils.py",
        "src/tokenizer.py",
        "src/display.py",
        "src/parser.py",
        "src/employment.py",
        "README.md",
        "src/protocol.py",
        "src/charger.py",
    ],
)
def test_no_zone(path: str) -> None:
    assert zone_of(path, Stop()) == ""


def test_further_zones_and_stop_paths() -> None:
    stop = Stop(zones=("ledger",), paths=("src/core/**",))
    assert zone_of("src/ledger/a.py", stop) == "ledger"
    assert zone_of("src/core/a.py", stop) == "stop.paths"
    assert zone_of("src/other.py", stop) == ""


@pytest.mark.parametrize(
    "path",
    [
        "tests/test_a.py",
        "a_test.go",
        "src/a.test.ts",
        "conftest.py",
        "x/__snapshots__/a.snap",
        "tests/fixtures/a.json",
        "spec/a_spec.rb",
        "jest.config.js",
        "pytest.ini",
    ],
)
def test_goalposts(path: str) -> None:
    assert is_goalpost(path)


@pytest.mark.parametrize(
    "path", ["src/testing.py", "src/latest.py", "docs/test.md", "src/contest.py"]
)
def test_no_goalposts(path: str) -> None:
    assert not is_goalpost(path)
