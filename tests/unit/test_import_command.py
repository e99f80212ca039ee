"""``remit import`` as it is called: where it looks, what it prints, what it never does."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.main import run_command
from remit.services.imports.claude import import_claude
from remit.services.imports.places import Look, read_claude, read_dcg, read_safety_net

RULES = {
    "permissions": {
        "allow": ["Bash(make docs)"],
        "ask": ["Bash(make release *)"],
        "deny": ["Bash(make deploy:*)", "Read(./private/**)", "Agent(Explore)"],
    }
}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with rules, in a home without any."""
    root = tmp_path / "home" / "shop"
    (root / ".git").mkdir(parents=True)
    (root / ".claude").mkdir()
    (root / ".claude" / "settings.json").write_text(json.dumps(RULES))
    monkeypatch.setenv("HOME", str(root.parent))
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    monkeypatch.chdir(root)
    return root


def everything(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def answer(capsys: pytest.CaptureFixture[str], policy: str, *words: str) -> str:
    capsys.readouterr()
    run_command(["explain", "--policy", policy, *words])
    return capsys.readouterr().out.splitlines()[0]


def test_the_draft_decides_as_the_rules_did(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["import", "claude-settings", "--out", "draft.toml"]) == Exit.YES
    assert answer(capsys, "draft.toml", "make docs") == "allowed"
    assert answer(capsys, "draft.toml", "make docs V=1") == "held (ask)"
    assert answer(capsys, "draft.toml", "make release now") == "held (ask)"
    assert answer(capsys, "draft.toml", "make deploy now") == "held (deny)"
    assert answer(capsys, "draft.toml", "cat private/a") == "held (deny)"
    assert answer(capsys, "draft.toml", "cat public/a") == "allowed"


def test_a_policy_and_a_contract_bound_a_call_together(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_command(["import", "claude-settings", "--out", "draft.toml"])
    (shop / "task.toml").write_text(
        'goal = "mend the docs"\n[scope]\nedit = ["docs/**"]\n[commands]\nfree = ["make"]\n'
        '[evidence]\nnone = "prose"\n'
    )
    both = ("draft.toml", "--contract", "task.toml")
    assert answer(capsys, *both, "make tea") == "allowed"
    assert answer(capsys, *both, "make deploy") == "held (deny)"
    assert answer(capsys, *both, "echo x > docs/a") == "allowed"
    assert answer(capsys, *both, "echo x > src/a") == "held (deny)"


def test_without_out_nothing_is_written(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = everything(shop.parent)
    assert run_command(["import", "claude-settings"]) == Exit.YES
    assert everything(shop.parent) == before
    shown = capsys.readouterr()
    assert "held back less than before: 1" in shown.err
    assert "#   .claude/settings.json:1  deny Agent(Explore)" in shown.out


def test_a_file_that_is_there_is_not_replaced(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "mine.toml").write_text("# mine\n")
    (shop / "leads").symlink_to(shop / "nowhere.toml")
    for name in ("mine.toml", "leads"):
        assert run_command(["import", "claude-settings", "--out", name]) == Exit.USAGE
        assert "is there already" in capsys.readouterr().err
    assert (shop / "mine.toml").read_text() == "# mine\n"
    assert not (shop / "nowhere.toml").exists()


def test_json_tells_what_became_of_each_rule(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["import", "claude-settings", "--json"]) == Exit.YES
    told = json.loads(capsys.readouterr().out)
    assert told["source"] == "claude-settings"
    assert told["files"] == [".claude/settings.json"]
    rules = {rule["rule"]: rule for rule in told["rules"]}
    assert set(rules) >= {rule for rules in RULES["permissions"].values() for rule in rules}
    assert rules["Bash(make docs)"]["lines"] == [{"key": "commands.free", "item": "=make docs"}]
    assert [rule["rule"] for rule in told["rules"] if rule["weaker"]] == ["Agent(Explore)"]
    assert sum(told["counts"].values()) == len(told["rules"])
    assert told["draft"].startswith("# A policy for Remit")


@pytest.mark.parametrize("named", [".", ".claude", ".claude/settings.json"])
def test_a_repository_a_folder_or_a_file_may_be_named(
    shop: Path, capsys: pytest.CaptureFixture[str], named: str
) -> None:
    (shop.parent / ".claude").mkdir()
    own = {"permissions": {"deny": ["Bash(make own)"]}}
    (shop.parent / ".claude" / "settings.json").write_text(json.dumps(own))
    assert run_command(["import", "claude-settings", named]) == Exit.YES
    shown = capsys.readouterr().out
    assert "make deploy" in shown
    assert "make own" not in shown


def test_without_a_path_every_file_counts_and_the_strongest_mode(
    shop: Path, tmp_path: Path
) -> None:
    places = {
        tmp_path / "etc" / "claude-code" / "managed-settings.json": ("managed", "acceptEdits"),
        tmp_path / "etc" / "claude-code" / "managed-settings.d" / "10-more.json": (
            "dropped-in",
            None,
        ),
        shop / ".claude" / "settings.local.json": ("local", "bypassPermissions"),
        shop.parent / ".claude" / "settings.json": ("user", "plan"),
    }
    for path, (word, mode) in places.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        permissions = {"deny": [f"Bash(make {word})"]} | ({"defaultMode": mode} if mode else {})
        path.write_text(json.dumps({"permissions": permissions}))
    look = Look(None, shop, {"HOME": str(shop.parent)}, tmp_path / "etc")
    imported = import_claude(read_claude(look))
    assert [name.text for name in imported.files][-3:] == [
        ".claude/settings.local.json",
        ".claude/settings.json",
        "~/.claude/settings.json",
    ]
    rules = [entry.rule.text.text for entry in imported.entries]
    for word in ("managed", "dropped-in", "local", "user", "deploy:*"):
        assert any(word in rule for rule in rules)
    modes = {e.rule.text.text: e.why for e in imported.entries if "defaultMode" in e.rule.text.text}
    assert "inside the scope" in modes["defaultMode: acceptEdits"]
    assert "stronger file" in modes["defaultMode: bypassPermissions"]
    assert "stronger file" in modes["defaultMode: plan"]


def test_an_administrators_lock_lets_no_other_file_allow(shop: Path, tmp_path: Path) -> None:
    managed = tmp_path / "etc" / "claude-code" / "managed-settings.json"
    managed.parent.mkdir(parents=True)
    permissions = {"allow": ["Bash(make managed)"]}
    managed.write_text(
        json.dumps({"allowManagedPermissionRulesOnly": True, "permissions": permissions})
    )
    look = Look(None, shop, {"HOME": str(shop.parent)}, tmp_path / "etc")
    lines = import_claude(read_claude(look))
    items = {line.item for entry in lines.entries for line in entry.lines}
    assert "=make managed" in items
    assert "=make docs" not in items
    assert "make deploy" in items


def test_nothing_to_import_is_said(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert run_command(["import", "claude-settings", str(tmp_path / "empty")]) == Exit.USAGE
    assert "no settings of Claude Code" in capsys.readouterr().err
    assert run_command(["import", "claude-settings", str(tmp_path / "none")]) == Exit.USAGE
    assert "there is no" in capsys.readouterr().err


def test_reading_follows_nothing_but_plain_files(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = shop / ".claude" / "settings.json"
    settings.unlink()
    os.mkfifo(settings)
    assert run_command(["import", "claude-settings", "."]) == Exit.USAGE
    assert "not a plain file" in capsys.readouterr().err


def test_the_files_of_the_guards_are_found_where_they_look(shop: Path, tmp_path: Path) -> None:
    home, etc = shop.parent, tmp_path / "etc"
    files = {
        shop / ".dcg.toml": "general.color = 'auto'",
        shop / ".dcg" / "allowlist.toml": "[[allow]]\nrule = 'core.git:a'",
        home / ".config" / "dcg" / "config.toml": "packs.enabled = ['cloud']",
        etc / "dcg" / "allowlist.toml": "[[allow]]\nrule = 'core.git:b'",
        home / "elsewhere.toml": "packs.enabled = ['dns']",
        shop / ".safety-net.json": '{"version": 1}',
        home / ".cc-safety-net" / "config.json": '{"version": 1, "rules": []}',
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    environ = {"HOME": str(home), "DCG_CONFIG": str(home / "elsewhere.toml")}
    everywhere, here = Look(None, shop, environ, etc), Look(shop, home, environ, etc)
    assert [file.name for file in read_dcg(everywhere)] == [
        "~/elsewhere.toml",
        ".dcg.toml",
        ".dcg/allowlist.toml",
        "~/.config/dcg/config.toml",
        str(etc / "dcg" / "allowlist.toml"),
    ]
    assert [file.name for file in read_dcg(here)] == [".dcg.toml", ".dcg/allowlist.toml"]
    own = "~/.cc-safety-net/config.json"
    assert [file.name for file in read_safety_net(everywhere)] == [".safety-net.json", own]
    assert [file.name for file in read_safety_net(here)] == [".safety-net.json"]


@pytest.mark.parametrize("source", ["dcg", "safety-net"])
def test_nothing_of_a_guard_to_import_is_said(
    shop: Path, capsys: pytest.CaptureFixture[str], source: str
) -> None:
    assert run_command(["import", source, "."]) == Exit.USAGE
    assert "next: name a ." in capsys.readouterr().err
