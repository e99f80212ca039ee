"""What steers the next session and lies beside the tree: seen, recorded, offered back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scripted_run import Stage

from remit.model.events import StopTrigger
from remit.model.record import RunRecord
from remit.model.tree import Standing

SETTINGS = json.dumps({"permissions": {"allow": ["Bash(npm test)"]}})
STATE = {
    "numStartups": 3,
    "oauthAccount": {"accessToken": "sk-ant-oat01-never-kept"},
    "projects": {"/work": {"allowedTools": ["Read"], "lastCost": 1}},
}
SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


class Housed:
    """A stage with a home in which the user's client has been at work."""

    def __init__(self, tmp: Path, means: str) -> None:
        self.home = tmp / "home"
        self.claude = self.home / ".claude"
        (self.claude / "projects/-work").mkdir(parents=True)
        (self.claude / "commands").mkdir()
        (self.claude / "settings.json").write_text(SETTINGS)
        (self.claude / "CLAUDE.md").write_text("Be brief.\n")
        (self.claude / "commands/fix.md").write_text("Fix it.\n")
        (self.claude / ".credentials.json").write_text('{"token": "one"}')
        (self.home / ".claude.json").write_text(json.dumps(STATE))
        (self.home / ".bashrc").write_text("alias ll='ls -l'\n")
        self.stage = Stage(tmp, means=means)

    def go(self, code: str) -> RunRecord:
        """A run whose agent runs a program that does ``code``, which the contract frees."""
        stage = self.stage
        head = f"import json, os\nhome = {str(self.home)!r}\n"
        (stage.root / "act.py").write_text(head + code)
        free = '[commands]\nfree = ["python3 act.py"]\n\n[scope]'
        stage.contract = stage.contract.replace("[scope]", free, 1)
        self.code, self.told = stage.go([stage.bash("python3 act.py"), stage.repair()])
        record = stage.record()
        assert record is not None
        return record

    def packet(self) -> dict[str, object]:
        place = self.told["packet"]
        assert isinstance(place, dict)
        found: dict[str, object] = json.loads(Path(place["json"]).read_text())
        return found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_CONFIG_HOME", "CLAUDE_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)


HOOK = "{'hooks': {'SessionStart': [{'hooks': [{'type': 'command', 'command': 'touch x'}]}]}}"
ATTACKS = {
    "a hook in the user's settings": (
        f"open(home + '/.claude/settings.json', 'w').write(json.dumps({HOOK}))",
        ".claude/settings.json",
    ),
    "a command of its own": (
        "open(home + '/.claude/commands/evil.md', 'w').write('Obey.')",
        ".claude/commands/evil.md",
    ),
    "a skill in a new folder": (
        "os.makedirs(home + '/.claude/skills/x');"
        "open(home + '/.claude/skills/x/SKILL.md', 'w').write('Obey.')",
        ".claude/skills/x/SKILL.md",
    ),
    "the user's instructions are gone": (
        "os.unlink(home + '/.claude/CLAUDE.md')",
        ".claude/CLAUDE.md",
    ),
    "a server in the client's state": (
        "p = home + '/.claude.json'; s = json.load(open(p));"
        "s['projects']['/work']['mcpServers'] = {'x': {'command': 'evil'}};"
        "json.dump(s, open(p, 'w'))",
        ".claude.json",
    ),
    "a line in the shell profile": (
        "open(home + '/.bashrc', 'a').write('curl evil')",
        ".bashrc",
    ),
    "who may sign the next run": (
        "os.makedirs(home + '/.config/remit');"
        "open(home + '/.config/remit/policy.toml', 'w').write('[decide]')",
        ".config/remit/policy.toml",
    ),
    "the settings are led elsewhere": (
        "os.rename(home + '/.claude/settings.json', home + '/.claude/s');"
        "os.symlink('s', home + '/.claude/settings.json')",
        ".claude/settings.json",
    ),
}


@pytest.mark.parametrize(("code", "path"), ATTACKS.values(), ids=ATTACKS)
def test_unconfined_what_steers_the_next_session_is_seen_and_brought_back(
    home, tmp_path: Path, code: str, path: str
) -> None:
    housed = Housed(tmp_path, "none")
    place = housed.home / path
    before = place.read_bytes() if place.exists() else None
    record = housed.go(code)
    assert record.stopped is not None
    assert record.stopped.trigger is StopTrigger.OUT_OF_SCOPE_WRITE
    assert list(record.crossed) == [str(place)]
    packet = housed.packet()
    assert packet["control"] == "out-of-bounds"
    assert str(place) in json.dumps(packet["control_reasons"])
    assert housed.code == 1
    code_, out = housed.stage.cli("rollback", "last", "--yes")
    if path == ".claude.json":
        assert code_ == 1
        assert "only its digest was kept" in out
        return
    assert code_ == 0, out
    assert (place.read_bytes() if place.exists() else None) == before
    again = housed.stage.record()
    assert again is not None
    assert again.restored == [str(place)]


def test_twin_sessions_caches_and_a_token_refresh_are_no_finding(home, tmp_path: Path) -> None:
    housed = Housed(tmp_path, "none")
    record = housed.go(
        "open(home + '/.claude/projects/-work/s.jsonl', 'w').write('{}')\n"
        "os.makedirs(home + '/.claude/todos'); open(home + '/.claude/todos/a', 'w').write('x')\n"
        "open(home + '/.claude/history.jsonl', 'a').write('{}')\n"
        "open(home + '/.claude/.credentials.json', 'w').write('{\"token\": \"two\"}')\n"
        "p = home + '/.claude.json'; s = json.load(open(p)); s['numStartups'] = 4\n"
        "s['projects']['/new'] = {'allowedTools': [], 'mcpServers': {}, 'lastCost': 2,"
        " 'hasTrustDialogAccepted': False}\n"
        "s['oauthAccount']['accessToken'] = 'sk-ant-oat01-fresh'\n"
        "os.rename(home + '/.claude.json', home + '/old'); json.dump(s, open(p, 'w'))\n"
    )
    assert record.stopped is None
    assert record.crossed == {}
    assert housed.code == 0


@pytest.mark.parametrize("means", ["", "landlock"])
def test_confined_the_kernel_refuses_it(home, tmp_path: Path, means: str) -> None:
    housed = Housed(tmp_path, means)
    record = housed.go(
        "try:\n"
        "    open(home + '/.claude/settings.json', 'w').write('{}')\n"
        "except OSError as error:\n"
        "    open('stocklist/said.txt', 'w').write(type(error).__name__)\n"
    )
    assert (housed.claude / "settings.json").read_text() == SETTINGS
    assert record.crossed == {}
    assert housed.code == 0


def test_nothing_secret_is_kept_of_settings_that_hold_a_token(home, tmp_path: Path) -> None:
    housed = Housed(tmp_path, "none")
    settings = housed.claude / "settings.json"
    settings.write_text(json.dumps({"env": {"GITHUB_TOKEN": SECRET}}))
    record = housed.go("open(home + '/.claude/settings.json', 'w').write('{}')")
    assert list(record.crossed) == [str(settings)]
    assert not record.crossed[str(settings)].restorable
    kept = [path for path in housed.stage.state.rglob("*") if path.is_file()]
    for path in kept:
        data = path.read_bytes()
        assert SECRET.encode() not in data, path
        assert b"sk-ant-oat01" not in data, path
    code, out = housed.stage.cli("rollback", "last", "--yes")
    assert code == 1
    assert "only its digest was kept" in out


def test_what_somebody_else_changed_later_is_not_overwritten(home, tmp_path: Path) -> None:
    housed = Housed(tmp_path, "none")
    housed.go("open(home + '/.bashrc', 'a').write('curl evil')")
    bashrc = housed.home / ".bashrc"
    bashrc.write_text("mended by hand\n")
    code, out = housed.stage.cli("rollback", "last", "--yes")
    assert code == 1
    assert "changed again after the run" in out
    assert bashrc.read_text() == "mended by hand\n"


def test_notes_that_were_altered_restore_nothing(home, tmp_path: Path) -> None:
    housed = Housed(tmp_path, "none")
    record = housed.go("open(home + '/.bashrc', 'a').write('curl evil')")
    notes = housed.stage.state / "runs" / record.run / "steering.json"
    notes.write_text(notes.read_text().replace("100644", "100755").replace("ll", "LL"))
    notes.write_bytes(notes.read_bytes() + b" ")
    code, out = housed.stage.cli("rollback", "last", "--yes")
    assert code == 5, out
    assert "not those the ledger names" in out


def test_a_change_is_told_by_its_path_alone(home, tmp_path: Path) -> None:
    housed = Housed(tmp_path, "none")
    record = housed.go("open(home + '/.claude/CLAUDE.md', 'a').write('MARK-OF-THE-AGENT')")
    (change,) = record.crossed.values()
    assert change.standing is Standing.OUT_OF_SCOPE
    assert "MARK-OF-THE-AGENT" not in json.dumps(housed.packet())
