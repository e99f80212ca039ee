"""A held call, answered with a signature by a key that the user's policy names."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from scripted_run import SECONDS, Stage

POLICY = """
[decide]
low = ["signed"]
signers = "allowed_signers"
"""


class Signing:
    """A stage with a policy of the user's, and a key of hers."""

    def __init__(self, tmp: Path, policy: str = POLICY, means: str = "") -> None:
        self.home = tmp / "home"
        self.key = self.home / ".ssh/id_ed25519"
        self.key.parent.mkdir(mode=0o700, parents=True)
        self.config = self.home / ".config/remit"
        self.config.mkdir(mode=0o700, parents=True)
        keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada", "-f", str(self.key)]
        subprocess.run(keygen, check=True)
        public = self.key.with_suffix(".pub").read_text()
        (self.config / "allowed_signers").write_text(f"ada@example.org {public}")
        (self.config / "policy.toml").write_text(policy)
        self.stage = Stage(tmp, means=means)
        tool = self.stage.root / "unknown-tool"
        tool.write_text("#!/bin/sh\necho ran >> stocklist/ran.txt\n")
        tool.chmod(0o755)

    def run(self) -> subprocess.Popen[str]:
        held = self.stage.bash("./unknown-tool --now")
        return self.stage.start([held, self.stage.repair()], "--wait", "30s")

    def request(self) -> str:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            code, out = self.stage.cli("requests", "--json")
            assert code == 0, out
            if found := json.loads(out)["requests"]:
                return str(found[0]["request"])
            time.sleep(0.1)
        raise AssertionError("no request was opened")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_CONFIG_HOME", "SSH_AUTH_SOCK"):
        monkeypatch.delenv(name, raising=False)


def test_a_signed_answer_counts_and_can_be_verified_later(home, tmp_path: Path) -> None:
    signing = Signing(tmp_path)
    with signing.run() as process:
        request = signing.request()
        code, out = signing.stage.cli(
            "grant", request, "--until", "end", "--reason", "from another terminal"
        )
        assert code != 0
        assert "established by signed" in out
        words = (
            "--until",
            "end",
            "--reason",
            "needed once",
            "--expect",
            "a seed",
            "--sign",
            str(signing.key),
        )
        code, out = signing.stage.cli("grant", request, *words)
        assert code == 0, out
        assert "signing: command ./unknown-tool --now" in out
        told, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, told + err
    (asked,) = json.loads(Path(json.loads(told)["packet"]["json"]).read_text())["asked"]
    counted = "signed" if _hidden(signing.stage) else "peer"
    assert (asked["by"], asked["established"]) == ("ada@example.org", counted)
    assert "ssh-ed25519 SHA256:" in asked["detail"]
    proofs = tmp_path / "proofs"
    code, out = signing.stage.cli("ledger", "signatures", "last", "--to", str(proofs))
    assert code == 0, out
    verified = subprocess.run(["sh", "-c", out], capture_output=True, text=True)
    assert 'Good "answer@remit" signature for ada@example.org' in verified.stdout, verified.stderr
    (statement,) = proofs.glob("*.json")
    statement.write_text(statement.read_text().replace(request, "k7m2-9"))
    assert subprocess.run(["sh", "-c", out], capture_output=True).returncode != 0


def _hidden(stage: Stage) -> bool:
    record = stage.record()
    assert record is not None
    assert record.deciders is not None
    return record.deciders.keys.hidden


def test_a_key_the_ssh_agent_holds_signs(home, tmp_path: Path, monkeypatch) -> None:
    signing = Signing(tmp_path)
    folder = tmp_path / "a"
    folder.mkdir(mode=0o700)
    argv = ["ssh-agent", "-D", "-a", str(folder / "s")]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as agent:
        try:
            while not (folder / "s").exists():
                time.sleep(0.01)
            monkeypatch.setenv("SSH_AUTH_SOCK", str(folder / "s"))
            subprocess.run(["ssh-add", "-q", str(signing.key)], check=True, capture_output=True)
            signing.key.unlink()
            with signing.run() as process:
                request = signing.request()
                code, out = signing.stage.cli(
                    "grant", request, "--until", "end", "--reason", "yes", "--sign"
                )
                assert code == 0, out
                told, err = process.communicate(timeout=SECONDS)
            assert process.returncode == 0, told + err
        finally:
            agent.terminate()


def test_unconfined_a_key_without_a_touch_counts_as_a_peer(home, tmp_path: Path) -> None:
    signing = Signing(tmp_path, means="none")
    with signing.run() as process:
        request = signing.request()
        words = ("--until", "end", "--reason", "yes", "--sign", str(signing.key))
        code, out = signing.stage.cli("grant", request, *words)
        assert code != 0
        assert "needs a decision established by signed" in out
        assert signing.stage.cli("refuse", request, "--reason", "no")[0] == 0
        process.communicate(timeout=SECONDS)


@pytest.mark.parametrize("means", ["", "landlock", "none"])
def test_the_agent_signs_with_a_key_it_found(home, tmp_path: Path, means: str) -> None:
    """It knows the name of the key, and our commands. Confined, the key is not there for it; where
    it is, nothing of the run is heard, and its signature is worth no more than that."""
    signing = Signing(tmp_path, means=means)
    stage = signing.stage
    attack = stage.root / "attack.py"
    attack.write_text(
        "import glob, json, os, subprocess, sys, time\n"
        f"key = {str(signing.key)!r}\n"
        "try:\n"
        "    found = open(key).read()[:20]\n"
        "except OSError as error:\n"
        "    found = type(error).__name__\n"
        "open('stocklist/found.txt', 'w').write(found)\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    for n in range(3):\n"  # so that the shell does not wait for it
        "        os.dup2(os.open('/dev/null', os.O_RDWR), n)\n"
        f"    env = {{'REMIT_STATE': {str(stage.state)!r}, 'HOME': {str(signing.home)!r}}}\n"
        f"    remit = [{sys.executable!r}, '-m', 'remit']\n"
        "    name = os.environ['REMIT_MARK'][-4:] + '-1'\n"
        "    for _ in range(10):\n"
        "        said = subprocess.run([*remit, 'grant', name, '--uses', '1', '--reason', 'me',\n"
        "                               '--sign', key], env=env, capture_output=True, text=True)\n"
        "        open('stocklist/said.txt', 'a').write(said.stderr)\n"
        "        time.sleep(0.5)\n"
    )
    stage.contract = stage.contract.replace(
        "[scope]", '[commands]\nfree = ["python3 attack.py"]\n\n[scope]', 1
    )
    steps = [stage.bash("python3 attack.py"), stage.bash("./unknown-tool --now"), stage.repair()]
    with stage.start(steps, "--wait", "8s") as process:
        out, err = process.communicate(timeout=SECONDS)
    record = stage.record()
    assert record is not None
    assert list(record.requests), out + err
    assert record.grants == []
    found = (stage.root / "stocklist/found.txt").read_text()
    said = (stage.root / "stocklist/said.txt").read_text()
    assert said.count("remit: ") >= 2, said
    if means == "none":
        assert found.startswith("-----BEGIN OPENSSH")
        assert "only a person decides: the request comes from a process of the run" in said
    elif _hidden(stage):
        assert found in ("FileNotFoundError", "PermissionError")


BROKEN = {
    "a repository that says who may sign": (
        ".remit/policy.toml",
        '[decide]\nsigners = "allowed_signers"\n',
        "a repository does not say who may sign",
    ),
    "peer above the low class": (
        "policy.toml",
        '[decide]\nstandard = ["peer", "signed"]\n',
        "never enough above the low class",
    ),
    "signers that are not there": (
        "policy.toml",
        '[decide]\nsigners = "nobody"\n',
        "which is not there",
    ),
    "signers in the tree of the run": (
        "policy.toml",
        '[decide]\nsigners = "{root}/allowed_signers"\n',
        "lies in the repository",
    ),
    "signers that others may write": (
        "policy.toml",
        '[decide]\nsigners = "open"\n',
        "others may write",
    ),
    "signers that name a pattern": (
        "policy.toml",
        '[decide]\nsigners = "pattern"\n',
        "1 problem",
    ),
}


@pytest.mark.parametrize(("place", "text", "why"), BROKEN.values(), ids=BROKEN)
def test_a_policy_that_would_let_the_wrong_ones_decide_starts_nothing(
    home, tmp_path: Path, place: str, text: str, why: str
) -> None:
    signing = Signing(tmp_path)
    root, config = signing.stage.root, signing.config
    public = (config / "allowed_signers").read_text()
    (root / "allowed_signers").write_text(public)
    (config / "open").write_text(public)
    (config / "open").chmod(0o666)
    (config / "pattern").write_text("*" + public)
    words = ["--yes"]
    if place.startswith("."):
        (root / place).parent.mkdir()
        (root / place).write_text(text)
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(root)]
        subprocess.run([*git, "add", place], check=True)
        subprocess.run([*git, "commit", "-qm", "policy"], check=True)
        words = ["--yes", "--accept-base", "HEAD"]
    else:
        (config / place).write_text(text.format(root=root))
    with signing.stage.start([signing.stage.repair()], *words[1:]) as process:
        out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 4, out + err
    assert why in err
    record = signing.stage.record()
    assert record is None


def test_what_the_policy_says_of_deciding_is_shown(home, tmp_path: Path) -> None:
    signing = Signing(tmp_path)
    code, out = signing.stage.cli("policy", "show", "--origin")
    assert code == 0, out
    assert "decide.low" in out
    assert str(signing.config / "allowed_signers") in out
