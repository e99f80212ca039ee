"""`remit run --copy`: the run works in a copy of its own, and the user's tree stays as it is."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from scripted_run import SECONDS, Stage

from remit.interfaces.demo.repository import create
from remit.model.record import RunRecord
from remit.system.confine.ability import find_ability
from remit.system.confine.plan import Means

_BEST = find_ability({}).means
_MEANS = [means for means in Means if list(Means).index(means) >= list(Means).index(_BEST)]
WHO = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
HALF = "half an edit\n"


class CopyStage(Stage):
    """Runs in a copy; the agent's paths are relative to where it works."""

    def repair(self) -> dict[str, object]:
        repair = super().repair()
        return {**repair, "input": {**repair["input"], "file_path": "stocklist/parser.py"}}

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.root, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def in_copy(self, *calls: object) -> tuple[int, dict[str, object], str]:
        with self.start([[call] for call in calls], "--copy") as process:
            out, err = process.communicate(timeout=SECONDS)
        assert out.strip(), err
        return process.returncode, json.loads(out), err

    def frees(self, program: str, body: str) -> dict[str, object]:
        """Commit ``program`` and let the contract free it; the call that runs it."""
        self.commit(program, f"#!/bin/sh\n{body}\n", 0o755)
        self.contract = self.contract.replace(
            "[budget]", f'[commands]\nfree = ["./{program}"]\n\n[budget]'
        )
        return self.bash(f"./{program}")

    def shares(self, *folders: str) -> None:
        lines = f"[evidence]\nshare = {json.dumps(folders)}\n\n[[evidence.checks]]"
        self.contract = self.contract.replace("[[evidence.checks]]", lines)

    def commit(self, path: str, text: str, mode: int = 0o644) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(mode)
        self.git("add", "-f", "--", path)
        self.git(*WHO, "commit", "-qm", f"Add {path}")

    def copies(self) -> list[Path]:
        return [*self.state.glob("runs/*/copy")]


@pytest.fixture
def stage(tmp_path: Path) -> CopyStage:
    return CopyStage(tmp_path)


@pytest.fixture(params=_MEANS)
def any_means(tmp_path: Path, request: pytest.FixtureRequest) -> CopyStage:
    return CopyStage(tmp_path, means="" if request.param is _BEST else request.param.value)


@pytest.fixture(params=[means for means in _MEANS if means is not Means.NONE])
def held(tmp_path: Path, request: pytest.FixtureRequest) -> CopyStage:
    """Where the kernel holds the agent."""
    return CopyStage(tmp_path, means="" if request.param is _BEST else request.param.value)


def working(record: RunRecord) -> bool:
    return any(call.decision and not call.finished for call in record.calls.values())


def test_the_result_is_a_branch_and_the_tree_stays(any_means: CopyStage) -> None:
    stage = any_means
    (stage.root / "README.md").write_text(HALF)
    branch, head = stage.git("branch", "--show-current"), stage.git("rev-parse", "HEAD")
    before = stage.git("status", "--porcelain")
    code, result, err = stage.in_copy(stage.repair())

    assert (code, result["verdict"]) == (0, "pass"), err
    assert "what is not committed is not in it" in err
    assert stage.git("status", "--porcelain") == before
    assert (stage.root / "README.md").read_text() == HALF
    assert (stage.git("branch", "--show-current"), stage.git("rev-parse", "HEAD")) == (branch, head)
    made = f"remit/{result['run']}"
    assert stage.git("diff", "--name-only", "HEAD", made) == "stocklist/parser.py"
    assert stage.git("rev-parse", f"{made}^") == head
    assert stage.git("fsck", "--no-dangling") == ""
    assert stage.copies() == []


def test_a_program_of_the_agent_reaches_the_copy_and_not_the_tree(held: CopyStage) -> None:
    stage = held
    (stage.root / ".env").write_text("TOKEN=mine\n")
    (stage.root / "notes.txt").write_text("mine\n")
    theirs = stage.root
    body = (
        f"echo stray >> {theirs}/README.md; echo stray > {theirs}/stocklist/new.py\n"
        f"rm -f {theirs}/setup.cfg; echo stray > {theirs}/.git/refs/heads/stray\n"
        f"cat {theirs}/.env {theirs}/notes.txt > stocklist/seen.txt; pwd > stocklist/here.txt"
    )
    call = stage.frees("stray", body)
    before = stage.git("status", "--porcelain")
    code, result, err = stage.in_copy(call, stage.repair())
    made = f"remit/{result['run']}"

    assert code == 0, err
    assert stage.git("status", "--porcelain") == before
    assert "stray" not in stage.git("branch")
    assert stage.git("show", f"{made}:stocklist/seen.txt") == ""
    assert "/copy/stocklist" in stage.git("show", f"{made}:stocklist/here.txt")


def test_an_edit_named_by_its_path_in_the_tree_is_refused(stage: CopyStage) -> None:
    outside = Stage.repair(stage)
    _, result, _ = stage.in_copy(outside)

    assert result["denied"] == 1
    assert stage.git("status", "--porcelain") == ""


@pytest.mark.skipif(_BEST is not Means.NAMESPACES, reason="needs mounts of its own")
def test_git_works_in_the_copy_and_leaves_the_users_alone(stage: CopyStage) -> None:
    refs = stage.git("for-each-ref")
    calls = [stage.repair(), stage.bash("git add -A"), stage.bash("git commit -qm Mine")]
    code, result, err = stage.in_copy(*calls, stage.bash("git branch mine"))

    assert (code, result["denied"]) == (0, 0), err
    others = [line for line in stage.git("for-each-ref").splitlines() if "remit/" not in line]
    assert "\n".join(others) == refs
    assert stage.git("log", "--format=%s", "-1", f"remit/{result['run']}") != "Mine"


def test_git_status_in_the_copy_is_clean(any_means: CopyStage) -> None:
    stage = any_means
    call = stage.frees("look", "git status --porcelain > stocklist/status.txt")
    code, result, err = stage.in_copy(call, stage.repair())

    assert code == 0, err
    # the file the shell made for the answer is all that git sees
    shown = stage.git("show", f"remit/{result['run']}:stocklist/status.txt")
    assert shown == "?? stocklist/status.txt"


def test_shared_dependencies_are_in_the_copy_and_stay_as_they_are(any_means: CopyStage) -> None:
    stage = any_means
    stage.commit(".gitignore", "node_modules/\n")
    module = stage.root / "node_modules/left/index.js"
    module.parent.mkdir(parents=True)
    module.write_text("real\n")
    stage.shares("node_modules")
    body = (
        "cat node_modules/left/index.js > stocklist/seen.txt\n"
        "echo changed > node_modules/left/index.js; true"
    )
    _, result, err = stage.in_copy(stage.frees("use", body))

    assert stage.git("show", f"remit/{result['run']}:stocklist/seen.txt") == "real", err
    assert module.read_text() == "real\n"


def test_python_of_the_tree_imports_what_is_in_the_copy(any_means: CopyStage) -> None:
    stage = any_means
    stage.commit(".gitignore", ".venv/\n")
    venv = stage.root / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    site = next(venv.glob("lib/python*/site-packages"))
    (site / "__editable__.stocklist.pth").write_text(f"{stage.root}\n")
    stage.shares(".venv")
    body = (
        "cd /; python -c 'import stocklist, sys; print(stocklist.__file__, sys.prefix)' > "
        '"$OLDPWD/stocklist/where.txt"'
    )
    code, result, err = stage.in_copy(stage.frees("where", body), stage.repair())
    where, prefix = stage.git("show", f"remit/{result['run']}:stocklist/where.txt").split()

    assert code == 0, err
    assert "/copy/stocklist/stocklist/__init__.py" in where
    assert prefix.endswith("/.venv")


def test_names_links_and_modes_are_those_of_the_commit(stage: CopyStage) -> None:
    stage.commit("docs/ünï “code”\n.md", "odd\n")
    stage.commit("-rf", "a word\n")
    stage.commit("docs/format.sh", "#!/bin/sh\n", 0o755)
    (stage.root / "docs/link").symlink_to("format.md")
    (stage.root / "docs/out").symlink_to("/etc/hostname")
    stage.git("add", "-A")
    stage.git(*WHO, "commit", "-qm", "Add links")
    call = stage.frees("look", "ls -lR . > /dev/null; git status --porcelain > stocklist/a.txt")
    code, result, err = stage.in_copy(call, stage.repair())
    made = f"remit/{result['run']}"

    assert code == 0, err
    assert stage.git("show", f"{made}:stocklist/a.txt") == "?? stocklist/a.txt"
    assert stage.git("diff", "--name-only", "HEAD", made).split() == [
        "stocklist/a.txt",
        "stocklist/parser.py",
    ]
    record = stage.record()
    assert record is not None
    assert record.opened is not None
    assert record.opened.dirty == ()


def test_submodules_and_pointers_are_said(stage: CopyStage) -> None:
    inner = stage.tmp / "inner"
    inner.mkdir()
    create(inner)
    allowed = ("-c", "protocol.file.allow=always")
    stage.git(*allowed, "submodule", "--quiet", "add", str(inner), "vendor/inner")
    (stage.root / ".gitattributes").write_text("*.bin filter=lfs\n")
    (stage.root / "data.bin").write_text("version https://git-lfs.github.com/spec/v1\n")
    stage.git("-c", "filter.lfs.clean=cat", "add", "-A")
    stage.git(*WHO, "commit", "-qm", "Add a submodule and a pointer")
    code, _, err = stage.in_copy(stage.repair())

    assert code == 0, err
    assert "submodules are empty in the copy: vendor/inner" in err
    assert "files kept in Git LFS are pointers" in err
    record = stage.record()
    assert record is not None
    assert record.opened is not None
    assert record.opened.dirty == ()


@pytest.mark.parametrize("form", ["sparse", "worktree", "detached", "folder", "sha256"])
def test_other_forms_of_a_tree(tmp_path: Path, form: str) -> None:
    stage = CopyStage(tmp_path)
    cwd = stage.root
    if form == "sparse":
        stage.git("sparse-checkout", "set", "docs")
    elif form == "worktree":
        cwd = tmp_path / "linked"
        stage.git("worktree", "add", "-q", "-b", "linked", str(cwd))
    elif form == "detached":
        stage.git("checkout", "-q", "--detach")
    elif form == "folder":
        cwd = stage.root / "docs"
    elif form == "sha256":
        shutil.rmtree(stage.root / ".git")
        stage.git("init", "-q", "--object-format=sha256")
        stage.git("add", "-A")
        stage.git(*WHO, "commit", "-qm", "Start")
    stage.steps = [[stage.repair()]]
    stage.prepare()
    before = stage.git("status", "--porcelain")
    contract = f"{tmp_path}/contract.toml"
    words = (sys.executable, "-m", "remit", "run", contract, "--yes", "--json", "--copy")
    done = subprocess.run(
        [*words, "--", "remit-scripted-agent", f"{tmp_path}/plan.json", "go"],
        cwd=cwd,
        env={**os.environ, "REMIT_STATE": str(stage.state)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    made = f"remit/{json.loads(done.stdout)['run']}"
    assert stage.git("diff", "--name-only", "HEAD", made) == "stocklist/parser.py"
    assert stage.git("status", "--porcelain") == before


def test_several_runs_at_once_and_one_in_the_tree(stage: CopyStage) -> None:
    wait = [[stage.bash("tail -f README.md")]]
    with stage.start(wait) as in_tree:
        stage.wait_for(working)
        done = [stage.in_copy(stage.repair()) for _ in range(2)]
        with stage.start(wait, "--copy") as beside:
            stage.wait_for(lambda record: working(record) and bool(record.opened.copy))
            third = stage.in_copy(stage.repair())
            for process in (beside, in_tree):
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=SECONDS)

    assert [code for code, _, _ in (*done, third)] == [0, 0, 0]
    assert len({result["run"] for _, result, _ in (*done, third)}) == 3
    assert stage.copies() == []


def test_a_second_run_in_the_tree_is_told_of_the_copy(stage: CopyStage) -> None:
    with stage.start([[stage.bash("tail -f README.md")]]) as process:
        stage.wait_for(working)
        with stage.start([[stage.repair()]]) as second:
            _, err = second.communicate(timeout=SECONDS)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS)

    assert second.returncode == 2
    assert "remit run --copy" in err


def test_a_killed_supervisor_leaves_no_copy(stage: CopyStage) -> None:
    with stage.start([[stage.bash("tail -f README.md")]], "--copy") as process:
        stage.wait_for(working)
        assert len(stage.copies()) == 1
        process.kill()
        process.communicate(timeout=SECONDS)
    code, said = stage.cli("runs")

    assert code == 0
    assert "abandoned" in said
    assert stage.copies() == []
    assert stage.git("status", "--porcelain") == ""


def test_there_is_nothing_to_roll_back(stage: CopyStage) -> None:
    call = stage.frees("stray", "echo more >> README.md")
    stage.means = Means.NONE.value
    code, result, err = stage.in_copy(call)
    told, said = stage.cli("rollback", "last")
    packet = Path(result["packet"]["markdown"]).read_text()

    assert (code, result["verdict"]) == (1, "fail"), err
    assert (stage.root / "README.md").read_text() != HALF
    assert told == 2
    assert "worked in a copy of its own" in said
    assert "remit rollback" not in err
    assert "remit rollback" not in packet
    assert "in a copy of its own" in packet
    assert stage.git("status", "--porcelain") == ""


def test_a_disk_that_takes_no_copy_closes_the_run(stage: CopyStage) -> None:
    stage.commit("big.bin", "x")
    stage.prepare()
    stage.start([], "--copy").communicate(timeout=SECONDS)
    # a repository whose objects are damaged cannot be copied
    blob = stage.git("rev-parse", "HEAD:stocklist/parser.py")
    (stage.root / f".git/objects/{blob[:2]}/{blob[2:]}").unlink()
    with stage.start([], "--copy") as process:
        _, err = process.communicate(timeout=SECONDS)
    record = stage.record()

    assert process.returncode != 0
    assert record is not None
    assert record.closed is not None, err
    assert "could not be prepared" in record.closed.message
    assert stage.copies() == []
