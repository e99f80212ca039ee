"""A test suite of the agent's own, confined: what it does outside of the contract has no effect."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest
from scripted_run import Stage
from test_run_hostile_suite import suite

from remit.model.record import RunRecord

OUTSIDE = {
    "README.md": "open('README.md', 'a').write('x')",
    "docs": "os.rename('docs', 'docs2')",
    "docs/format.md": "os.chmod('docs/format.md', 0o777)",
    ".git/hooks/post-commit": "pathlib.Path('.git/hooks/post-commit').write_text('touch x')",
    ".git/config": "open('.git/config', 'a').write('[alias]\\n\\tx = !id\\n')",
    ".git/HEAD": "subprocess.run(['git', 'checkout', '-q', '--detach'], check=True)",
    "pipe": "os.mkfifo('pipe')",
    "stocklist/../made": "os.link('stocklist/parser.py', 'made')",
}


def look(root: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and content of everything in the tree and its git directory but our own branches."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_file() and not name.startswith((".git/refs/heads/remit", ".git/objects")):
            found[name] = path.stat().st_mode, path.read_bytes()
    return found


def go(stage: Stage, code: str) -> tuple[int, RunRecord]:
    """A run whose suite does ``code`` and says how that went in a file that it may write."""
    tried = "\n".join(f"    {line}" for line in code.splitlines())
    told = (
        f"try:\n{tried}\n    how = 'done'\n"
        "except Exception as error:\n    how = f'{type(error).__name__}: {error}'\n"
        "pathlib.Path('stocklist/told').write_text(how)"
    )
    exit_code, _ = stage.go(suite(stage, told))
    record = stage.record()
    assert record is not None
    return exit_code, record


@pytest.fixture(params=["namespaces", "landlock"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Stage:
    return Stage(tmp_path, means="landlock" if request.param == "landlock" else "")


def told(stage: Stage) -> str:
    return (stage.root / "stocklist/told").read_text()


def test_twin_a_suite_that_writes_only_what_it_may_passes(stage: Stage) -> None:
    code, record = go(stage, "pathlib.Path('stocklist/made.py').write_text('x = 1\\n')")
    assert told(stage) == "done"
    assert (stage.root / "stocklist/made.py").exists()
    assert code == 0
    assert record.stopped is None


@pytest.mark.parametrize("place", OUTSIDE)
def test_what_a_suite_does_outside_the_scope_is_refused(stage: Stage, place: str) -> None:
    if stage.means == "landlock" and "chmod" in OUTSIDE[place]:
        return  # Landlock knows no right for modes; the comparison finds it instead
    before = look(stage.root)
    code, record = go(stage, OUTSIDE[place])
    after = look(stage.root)
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    if not (place.startswith(".git/") and not stage.means):  # there git is the run's own
        assert told(stage) != "done"
    assert all(name.startswith(("stocklist/", "tests/")) for name in changed), changed
    assert code == 0
    assert record.stopped is None


def test_a_suite_can_neither_read_nor_write_what_is_remits_own(stage: Stage) -> None:
    for code in (
        "open('../state/ledger.sqlite3', 'rb').read(1)",
        "os.unlink('../state/ledger.sqlite3')",
        "os.truncate('../state/ledger.sqlite3', 0)",
    ):
        exit_code, _ = go(stage, code)
        assert told(stage) != "done"
        assert exit_code == 0
        subprocess.run(["git", "checkout", "-q", "."], cwd=stage.root, check=True)


@pytest.mark.parametrize(("name", "how"), [(".env", "not read"), ("README.md", "read")])
def test_a_suite_reads_the_tree_but_for_its_secrets(stage: Stage, name: str, how: str) -> None:
    (stage.root / ".env").write_text("PASSWORD=x\n")
    (stage.root / ".git/info/exclude").write_text(".env\n")
    go(stage, f"assert open({name!r}).read(1)")
    assert (told(stage) == "done") is (how == "read")


def test_a_suite_cannot_end_the_supervisor(stage: Stage) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        code, _ = go(stage, f"os.kill({other.pid}, 9)")
        assert other.poll() is None
        other.kill()
    assert told(stage) != "done"
    assert code == 0


def test_a_suite_cannot_reach_the_network(stage: Stage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.setblocking(False)
        port = door.getsockname()[1]
        go(stage, f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 5)")
        with pytest.raises(BlockingIOError):
            door.accept()
    assert told(stage) != "done"


def test_a_suite_cannot_reach_a_daemon_of_this_machine(tmp_path: Path) -> None:
    """Docker, D-Bus and ssh-agent have a socket with a path; Landlock alone leaves it open."""
    stage = Stage(tmp_path)
    heard = []
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / "docker.sock"))
        door.listen()
        door.settimeout(0.2)
        go(stage, "import socket\nsocket.socket(socket.AF_UNIX).connect('../docker.sock')")
        with contextlib.suppress(TimeoutError):
            heard.append(door.accept())
    assert told(stage) != "done"
    assert heard == []


def test_a_suite_cannot_reach_a_daemon_outside_of_tmp(tmp_path: Path) -> None:
    """``/tmp`` is another one in a run anyway; elsewhere each socket is covered by itself."""
    stage = Stage(tmp_path)
    with (
        tempfile.TemporaryDirectory(dir="/var/tmp") as folder,
        socket.socket(socket.AF_UNIX) as door,
    ):
        door.bind(f"{folder}/docker.sock")
        door.listen()
        go(stage, f"import socket\nsocket.socket(socket.AF_UNIX).connect('{folder}/docker.sock')")
    assert told(stage) != "done"


def test_a_daemon_that_hides_ends_with_the_run(stage: Stage) -> None:
    late = "import os, time; os.fork() and os._exit(0); os.setsid(); time.sleep(4); "
    late += "open('stocklist/late', 'a').write('late')"
    hidden = "env={}, start_new_session=True, stdout=-3, stderr=-3"
    go(stage, f"subprocess.Popen([sys.executable, '-c', {late!r}], {hidden})")
    threading.Event().wait(4)
    assert not (stage.root / "stocklist/late").exists()


def test_tools_fill_artifact_folders_and_an_unused_one_is_gone_again(stage: Stage) -> None:
    scope = 'artifacts = ["**/__pycache__/**"'
    assert scope in stage.contract
    stage.contract = stage.contract.replace(scope, f'{scope}, "dist/", "build/**"')
    code, record = go(stage, "pathlib.Path('dist/page.html').write_text('x')")
    assert told(stage) == "done"
    assert (stage.root / "dist/page.html").exists()
    assert not (stage.root / "build").exists()
    assert code == 0
    assert record.stopped is None


@pytest.mark.parametrize(
    "code",
    [
        "raise ValueError(open('stocklist/.env').read())",
        "open('stocklist/.env', 'w').write('x')",
    ],
)
def test_a_secret_beside_what_it_may_edit_is_neither_read_nor_changed(
    stage: Stage, code: str
) -> None:
    (stage.root / "stocklist/.env").write_text("PRIVATE")
    (stage.root / "stocklist/told").touch()  # by Landlock nothing new is made beside a secret
    with (stage.root / ".git/info/exclude").open("a") as file:
        file.write(".env\n")
    go(stage, code)
    assert told(stage)
    assert "PRIVATE" not in told(stage)
    assert (stage.root / "stocklist/.env").read_text() == "PRIVATE"
