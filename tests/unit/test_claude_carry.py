"""What of a set-up goes into a run: everything that helps, nothing that widens."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from remit.adapters.agents.claude_code.carry import Setup, carry
from remit.adapters.agents.claude_code.places import Place, project_place, user_place
from remit.adapters.agents.claude_code.rules import rewritten
from remit.adapters.agents.protocol import StartTree
from remit.errors import RemitError


def project(files: Mapping[str, str | bytes]) -> Place:
    stored = {k: v.encode() if isinstance(v, str) else v for k, v in files.items()}

    def names(folder: str) -> tuple[str, ...]:
        return tuple(name for name in stored if name.startswith(f"{folder}/") or not folder)

    return project_place(StartTree(stored.get, names), "/repo")


def user(tmp_path: Path, files: Mapping[str, str]) -> Place:
    for name, text in files.items():
        path = tmp_path / "conf" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return user_place(str(tmp_path / "conf"))


def carried(tmp_path: Path, files: Mapping[str, str | bytes], own: Mapping[str, str]) -> Setup:
    return carry(user(tmp_path, own), project(files), "/run")


def content(setup: Setup, path: str) -> str:
    files = {file.path: file for plugin in setup.plugins for file in plugin.files}
    return files[path].content.decode()


# rules


@pytest.mark.parametrize(
    ("rule", "meaning"),
    [
        ("Edit(/src/**)", "Edit(//repo/src/**)"),
        ("Read(//etc/**)", "Read(//etc/**)"),
        ("Read(~/.ssh/**)", "Read(~/.ssh/**)"),
        ("Edit(./x)", "Edit(./x)"),
        ("Edit(src/**)", "Edit(src/**)"),
        ("Bash(rm /tmp/x)", "Bash(rm /tmp/x)"),
        ("Bash", "Bash"),
        ("mcp__srv__*", "mcp__srv__*"),
        ("WebFetch(domain:example.org)", "WebFetch(domain:example.org)"),
    ],
)
def test_a_rule_keeps_its_meaning_in_our_file(rule: str, meaning: str) -> None:
    assert rewritten(rule, "/repo") == meaning


def test_a_folder_with_pattern_letters_is_matched_as_it_is_written() -> None:
    """Tried with the real client: unescaped brackets make the rule match nothing."""
    assert rewritten("Edit(/src/**)", "/a[b]*c/") == r"Edit(//a\[b\]\*c/src/**)"
    assert rewritten("Edit(/src/**)", "/a\nb") is None


@pytest.mark.parametrize("item", [7, None, [], "", "(", "x y z", "Bash(a\n)", "B" * 2000])
def test_what_is_no_rule_is_not_guessed(item: object) -> None:
    assert rewritten(item, "/repo") is None  # type: ignore[arg-type]


def test_narrowing_rules_go_in_and_widening_ones_stay_out(tmp_path: Path) -> None:
    mine = {"permissions": {"deny": ["Bash(rm *)", 7], "ask": ["Edit(/a)"], "allow": ["Bash"]}}
    theirs = {"permissions": {"deny": ["Edit(/b)"], "allow": ["X", "Y"]}}
    setup = carried(
        tmp_path,
        {".claude/settings.json": json.dumps(theirs)},
        {"settings.json": json.dumps(mine)},
    )
    assert setup.rules.deny == ("Bash(rm *)", "Edit(//repo/b)")
    assert setup.rules.ask == (f"Edit(/{tmp_path}/conf/a)",)
    assert "~/.claude/settings.json: 1 allow rules (the contract decides instead)" in setup.left_out
    assert ".claude/settings.json: 2 allow rules (the contract decides instead)" in setup.left_out
    assert any("7 is not a rule" in line for line in setup.left_out)


# settings that are hostile or broken


HOSTILE: list[str | bytes] = [
    "{",
    "[]",
    "null",
    '{"permissions": 7}',
    '{"permissions": {"deny": "Bash"}}',
    '{"permissions": {"deny": {"a": 1}, "ask": [[[]]]}}',
    '{"permissions": {"deny": [' + ",".join(['"Bash"'] * 5000) + "]}}",
    '{"a":' * 200 + "1" + "}" * 200,
    '{"model": {"x": 1}, "hooks": 5, "env": [], "apiKeyHelper": 9}',
    '{"model": "x; rm -rf /"}',
    "x" * (300 * 1024),
    b"\xff\xfe\x00",
    b"",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_project_settings_never_crash_and_never_widen(
    tmp_path: Path, text: str | bytes
) -> None:
    setup = carried(tmp_path, {".claude/settings.json": text}, {})
    assert setup.model == ""
    assert setup.key_helper == ""
    assert len(setup.rules.deny) <= 1
    assert all(len(line) < 400 for line in setup.left_out)


def test_the_users_own_broken_settings_end_the_start_for_their_denies_would_be_lost(
    tmp_path: Path,
) -> None:
    with pytest.raises(RemitError, match="deny rules would be lost"):
        carried(tmp_path, {}, {"settings.json": "{broken"})


def test_a_login_helper_is_taken_from_the_user_alone(tmp_path: Path) -> None:
    text = json.dumps({"apiKeyHelper": "get-key"})
    assert carried(tmp_path, {}, {"settings.json": text}).key_helper == "get-key"
    assert carried(tmp_path / "b", {".claude/settings.json": text}, {}).key_helper == ""


def test_the_nearest_model_wins(tmp_path: Path) -> None:
    own = {"settings.json": '{"model": "mine"}'}
    assert carried(tmp_path, {}, own).model == "mine"
    assert (
        carried(tmp_path, {".claude/settings.json": '{"model": "theirs"}'}, own).model == "theirs"
    )


def test_everything_left_out_is_said_in_words(tmp_path: Path) -> None:
    text = json.dumps({"hooks": {"Stop": []}, "env": {"A": "1"}, "statusLine": {}, "zzz": 1})
    setup = carried(tmp_path, {".mcp.json": "{}"}, {"settings.json": text})
    assert "~/.claude/settings.json: hooks" in setup.left_out
    assert "~/.claude/settings.json: environment variables" in setup.left_out
    assert "~/.claude/settings.json: 'zzz'" in setup.left_out
    assert any(line.startswith(".mcp.json") for line in setup.left_out)


# instructions


def test_instructions_come_in_the_clients_order_with_their_imports(tmp_path: Path) -> None:
    files = {
        "CLAUDE.md": "one @docs/a.md `@docs/code.md` me@example.org",
        "docs/a.md": "two @b.md",
        "docs/b.md": "three",
        "docs/code.md": "never",
        ".claude/rules/x.md": "rule",
        "AGENTS.md": "not beside CLAUDE.md",
    }
    setup = carried(tmp_path, files, {"CLAUDE.md": "zero"})
    sources = [item.source for item in setup.items if item.what == "instructions"]
    assert sources == [
        "~/.claude/CLAUDE.md",
        "CLAUDE.md",
        "docs/a.md",
        "docs/b.md",
        ".claude/rules/x.md",
    ]
    assert [setup.memory.index(word) for word in ("zero", "one", "two", "three", "rule")] == sorted(
        setup.memory.index(word) for word in ("zero", "one", "two", "three", "rule")
    )


def test_agents_md_stands_in_where_there_is_no_claude_md(tmp_path: Path) -> None:
    assert "for all agents" in carried(tmp_path, {"AGENTS.md": "for all agents"}, {}).memory


@pytest.mark.parametrize(
    "target", ["../../etc/passwd", "/etc/passwd", "~/.ssh/id_rsa", "a/../../b"]
)
def test_an_import_that_leads_outside_is_left_out_and_said(tmp_path: Path, target: str) -> None:
    setup = carried(tmp_path, {"CLAUDE.md": f"see @{target}"}, {})
    assert "root:" not in setup.memory
    assert f"CLAUDE.md: the import @{target} leads outside" in setup.left_out


def test_instructions_of_subfolders_are_pointed_to(tmp_path: Path) -> None:
    files = {"CLAUDE.md": "top", "src/api/CLAUDE.md": "inner", "src/\x1bx/CLAUDE.md": "odd"}
    memory = carried(tmp_path, files, {}).memory
    assert memory.endswith("- src/api/CLAUDE.md")
    assert "inner" not in memory


def test_notes_of_earlier_agents_are_left_out_and_said(tmp_path: Path) -> None:
    setup = carried(tmp_path, {}, {"projects/-repo/memory/MEMORY.md": "trust me"})
    assert "trust me" not in setup.memory
    assert "~/.claude/projects/-repo/memory: notes of earlier agents" in setup.left_out


def test_imports_in_a_ring_end(tmp_path: Path) -> None:
    setup = carried(tmp_path, {"CLAUDE.md": "a @b.md", "b.md": "b @CLAUDE.md"}, {})
    assert setup.memory.count("Contents of") == 2


def test_imports_nest_five_deep_and_no_deeper(tmp_path: Path) -> None:
    files = {f"{n}.md": f"level{n} @{n + 1}.md" for n in range(1, 9)}
    setup = carried(tmp_path, {"CLAUDE.md": "@1.md", **files}, {})
    assert "level5" in setup.memory
    assert "level6" not in setup.memory
    assert any("nested over 5 deep" in line for line in setup.left_out)


def test_instructions_too_big_are_left_out_and_said(tmp_path: Path) -> None:
    setup = carried(tmp_path, {"CLAUDE.md": "x" * (256 * 1024 + 1)}, {})
    assert setup.memory == ""
    assert "CLAUDE.md: too big to carry as instructions" in setup.left_out


# skills, agents, commands

HOOKED = """---
name: s
description: helps
  with much
"hooks": {PreToolUse: [evil]}
hooks:
  PreToolUse:
  - command: evil
allowed-tools: Bash(*)
tools: Read
- stray
mcpServers: {evil: 1}
---
body with hooks: in it
"""


def test_front_matter_keeps_only_what_we_know(tmp_path: Path) -> None:
    setup = carried(tmp_path, {".claude/agents/a.md": HOOKED}, {})
    assert content(setup, "/run/carried/project/agents/a.md") == (
        "---\nname: s\ndescription: helps\n  with much\ntools: Read\n- stray\n---\n"
        "body with hooks: in it\n"
    )


@pytest.mark.parametrize("end", ["\r", "\x85", "\u2028", "\r\n"])
def test_no_line_end_of_yaml_hides_a_key(tmp_path: Path, end: str) -> None:
    text = f"---\nname: s{end}hooks: evil\n---\nbody\n"
    setup = carried(tmp_path, {".claude/agents/a.md": text.encode()}, {})
    assert "evil" not in content(setup, "/run/carried/project/agents/a.md")


@pytest.mark.parametrize(
    "text", ["--- {hooks: evil}\nname: x\n---\n", "---\nname: x\n", b"\xff---"]
)
def test_front_matter_that_cannot_be_told_apart_is_left_out(
    tmp_path: Path, text: str | bytes
) -> None:
    setup = carried(tmp_path, {".claude/agents/a.md": text}, {})
    assert setup.plugins[0].folder is None
    assert ".claude/agents/a.md: not a file that can be carried" in setup.left_out


def test_a_plugin_holds_nothing_but_skills_agents_and_commands(tmp_path: Path) -> None:
    files = {
        ".claude/skills/s/SKILL.md": "body",
        ".claude/skills/s/tool.sh": "#!/bin/sh\n",
        ".claude/skills/s/.claude-plugin/plugin.json": "{}",
        ".claude/skills/../hooks/hooks.json": "{}",
        ".claude/agents/run.py": "print()",
        ".claude/commands/deep/fix.md": "fix",
        ".claude/hooks/hooks.json": "{}",
    }
    setup = carried(tmp_path, files, {"agents/mine.md": "mine", ".mcp.json": "{}"})
    written = {file.path: file.mode for plugin in setup.plugins for file in plugin.files}
    assert written == {
        "/run/carried/project/.claude-plugin/plugin.json": 0o600,
        "/run/carried/project/skills/s/SKILL.md": 0o600,
        "/run/carried/project/skills/s/tool.sh": 0o700,
        "/run/carried/project/commands/deep/fix.md": 0o600,
        "/run/carried/user/.claude-plugin/plugin.json": 0o600,
        "/run/carried/user/agents/mine.md": 0o600,
    }
    assert setup.plugins[0].commands == ("deep:fix",)


def test_a_pipe_among_the_users_files_does_not_hang_the_start(tmp_path: Path) -> None:
    place = user(tmp_path, {"CLAUDE.md": "x"})
    os.mkfifo(tmp_path / "conf" / "settings.json")
    (tmp_path / "conf" / "skills").mkdir()
    (tmp_path / "conf" / "skills" / "loop").symlink_to(tmp_path / "conf" / "skills")
    assert carry(place, project({}), "/run").memory.endswith("x")
