"""Entering confinement itself: as an ordinary user, and where a step of it fails."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

import remit
from remit.system.confine.ability import find_ability
from remit.system.confine.enter import CANNOT_CONFINE
from remit.system.confine.plan import Means, Plan
from remit.system.confine.syscalls import KEYCTL

NOBODY = 65534
PYTHON = "/usr/bin/python3"
"""Not ours: an interpreter that every user of the machine may start."""


@pytest.fixture
def ground() -> Iterator[Path]:
    """A folder of an ordinary user, with our sources beside, where he can reach both."""
    folder = Path(tempfile.mkdtemp(prefix="remit-test-"))
    shutil.copytree(Path(remit.__file__).parent, folder / "src/remit")
    for name in ("tree/in", "tree/out", "tmp"):
        (folder / name).mkdir(parents=True)
    (folder / "tree/out/file").write_text("theirs")
    (folder / "secret").write_text("KEY")
    (folder / "tree/known").write_text("KEY")
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
    yield folder
    shutil.rmtree(folder)


def plan_for(ground: Path, means: Means) -> Plan:
    return Plan(
        means=means,
        cwd=str(ground / "tree"),
        writable=(str(ground / "tree/in"),),
        protected=(),
        opened=(),
        hidden=(str(ground / "secret"),),
        shown=(str(ground),),
        temporary=str(ground / "tmp"),
    )


def enter(
    ground: Path, plan: Plan, command: str, user: int = NOBODY
) -> subprocess.CompletedProcess[str]:
    """What becomes of ``command`` that ``user`` starts confined: one without any right, unless it
    says otherwise."""
    (ground / "plan.json").write_bytes(plan.to_json())
    code = (
        f"import sys; sys.path.insert(0, {str(ground / 'src')!r}); "
        "from remit.system.confine.enter import main; main(sys.argv[1:])"
    )

    def drop() -> None:
        if os.geteuid() == 0 and user != 0:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)

    return subprocess.run(
        [PYTHON, "-I", "-S", "-c", code, str(ground / "plan.json"), "-", "--", "sh", "-c", command],
        preexec_fn=drop,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("means", [Means.NAMESPACES, Means.LANDLOCK])
def test_an_ordinary_user_is_confined_and_stays_who_he_is(ground: Path, means: Means) -> None:
    done = enter(ground, plan_for(ground, means), "id -u; echo x > in/made && echo wrote")
    user = NOBODY if os.geteuid() == 0 else os.getuid()
    assert (done.returncode, done.stdout.split()) == (0, [str(user), "wrote"]), done.stderr
    assert (ground / "tree/in/made").stat().st_uid == user


@pytest.mark.parametrize("means", [Means.NAMESPACES, Means.LANDLOCK])
@pytest.mark.parametrize(
    "command",
    [
        "echo x > out/file",
        "rm out/file",
        "mv out out2",
        "ln out/file in/hard && echo x > in/hard",
        "ln -s ../out in/link && echo x > in/link/file",
        "cmp ../secret known",
    ],
)
def test_an_ordinary_user_cannot_leave(ground: Path, means: Means, command: str) -> None:
    done = enter(ground, plan_for(ground, means), command)
    assert done.returncode not in (0, CANNOT_CONFINE), done.stderr
    assert (ground / "tree/out/file").read_text() == "theirs"


@pytest.mark.parametrize("command", ["chmod 777 out/file", "touch -d 2001-01-01 out/file"])
def test_modes_and_times_are_held_by_read_only_mounts(ground: Path, command: str) -> None:
    before = (ground / "tree/out/file").stat()
    done = enter(ground, plan_for(ground, Means.NAMESPACES), command)
    after = (ground / "tree/out/file").stat()
    assert done.returncode != 0
    assert (after.st_mode, after.st_mtime_ns) == (before.st_mode, before.st_mtime_ns)


@pytest.mark.parametrize("means", [Means.NAMESPACES, Means.LANDLOCK])
def test_what_cannot_be_confined_is_not_started(ground: Path, means: Means) -> None:
    gone = plan_for(ground, means)._replace(cwd=str(ground / "gone"))
    done = enter(ground, gone, "echo started")
    assert done.returncode == CANNOT_CONFINE
    assert "started" not in done.stdout
    assert "cannot confine" in done.stderr


def test_a_plan_that_is_none_starts_nothing(ground: Path) -> None:
    plan = plan_for(ground, Means.LANDLOCK)
    for text in (b"", b"{}", b"[]", b'{"means": "none"}', plan.to_json()[:-9]):

        class Raw:
            def to_json(self, text: bytes = text) -> bytes:
                return text

        done = enter(ground, Raw(), "echo started")  # type: ignore[arg-type]
        assert (done.returncode, done.stdout) == (CANNOT_CONFINE, ""), text


@pytest.mark.parametrize("status", [0, 3, 130])
def test_the_end_of_the_program_is_passed_on(ground: Path, status: int) -> None:
    for means in (Means.NAMESPACES, Means.LANDLOCK):
        assert enter(ground, plan_for(ground, means), f"exit {status}").returncode == status
    ended = enter(ground, plan_for(ground, Means.NAMESPACES), "kill -TERM $$")
    assert ended.returncode == -15


def test_this_machine_can_do_all_that_is_tried_here() -> None:
    """Where it could not, these tests would prove less than they say."""
    assert find_ability({}).means is Means.NAMESPACES
    assert find_ability({}).landlock >= 1


def test_twin_what_is_no_secret_is_read(ground: Path) -> None:
    for means in (Means.NAMESPACES, Means.LANDLOCK):
        plan = plan_for(ground, means)._replace(hidden=())
        assert enter(ground, plan, "cmp ../secret known").returncode == 0


STEERING = """
import os
opened = []
for folder, _, files in os.walk("/proc/sys"):
    for name in files:
        try:
            os.close(os.open(f"{folder}/{name}", os.O_WRONLY))
            opened.append(name)
        except OSError:
            pass
print(len(opened), *opened[:5])
"""


def test_root_in_a_namespace_does_not_steer_the_machine(ground: Path) -> None:
    """Settings ask who one is, not what one may: a handler of core dumps runs outside, as root."""
    if os.geteuid() != 0:
        pytest.skip("only root can be root")
    (ground / "tree/steer.py").write_text(STEERING)
    plan = plan_for(ground, Means.NAMESPACES)
    done = enter(ground, plan, f"{PYTHON} steer.py", user=0)
    assert done.stdout.split() == ["0"], done.stdout + done.stderr
    unconfined = [PYTHON, str(ground / "tree/steer.py")]
    free = subprocess.run(unconfined, capture_output=True, text=True, check=False)
    if free.stdout.split()[0] == "0":
        pytest.skip("left out: nothing is open to root here, even unconfined")
    own = enter(ground, plan, "echo mine > /proc/self/comm && cat /proc/sys/kernel/hostname", 0)
    assert own.returncode == 0, own.stderr


KEYRING = """
import ctypes
kernel = ctypes.CDLL(None)
ring = kernel.syscall(ctypes.c_long(KEYCTL), ctypes.c_long(0), ctypes.c_long(-4), 1)
raise SystemExit(0 if ring > 0 else 7)
"""


@pytest.mark.parametrize("means", [Means.NAMESPACES, Means.LANDLOCK])
def test_a_key_in_the_kernel_is_not_read_by_its_number(ground: Path, means: Means) -> None:
    """Keyrings belong to no namespace and to no path: only the call itself can be taken away."""
    (ground / "tree/ring.py").write_text(KEYRING.replace("KEYCTL", str(KEYCTL)))
    unconfined = subprocess.run([PYTHON, str(ground / "tree/ring.py")], check=False)
    assert unconfined.returncode == 0, "the attack works where nothing confines it"
    done = enter(ground, plan_for(ground, means), f"{PYTHON} ring.py")
    assert done.returncode == 7, done.stderr


@pytest.mark.parametrize("means", [Means.NAMESPACES, Means.LANDLOCK])
def test_the_host_of_a_virtual_machine_is_not_called(ground: Path, means: Means) -> None:
    make = f"{PYTHON} -c 'import socket; socket.socket({{}})'"
    for family in ("socket.AF_VSOCK", "socket.AF_ALG"):
        done = enter(ground, plan_for(ground, means), make.format(family))
        assert "Address family not supported" in done.stderr
    for family in ("socket.AF_UNIX", "socket.AF_INET", "socket.AF_INET6"):
        assert enter(ground, plan_for(ground, means), make.format(family)).returncode == 0


WAYS = {
    "plain": "s = socket.socket(); s.connect(at)",
    "with the first data": "s = socket.socket(); s.sendto(b'x', 0x20000000, at)",
    "in a message": "s = socket.socket(); s.sendmsg([b'x'], [], 0x20000000, at)",
    "by several paths": "s = socket.socket(proto=262); s.connect(at)",
    "by datagram": "s = socket.socket(type=socket.SOCK_DGRAM); s.sendto(b'x', at)",
}


@pytest.mark.parametrize("way", WAYS)
def test_landlock_is_not_passed_by_another_kind_of_connection(ground: Path, way: str) -> None:
    with socket.socket() as listening, socket.socket(type=socket.SOCK_DGRAM) as hearing:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        at = listening.getsockname()
        hearing.bind(at)
        hearing.settimeout(5)
        (ground / "tree/knock.py").write_text(f"import socket; at = {at!r}; {WAYS[way]}")
        plan = plan_for(ground, Means.LANDLOCK)
        done = enter(ground, plan, f"{PYTHON} knock.py")
        assert done.returncode == 1, done.stderr
        assert "OSError" in done.stderr or "PermissionError" in done.stderr
        open_plan = plan._replace(shares_network=True)
        assert enter(ground, open_plan, f"{PYTHON} knock.py").returncode == 0
        if way == "plain":
            allowed = plan._replace(ports=(at[1],))
            assert enter(ground, allowed, f"{PYTHON} knock.py").returncode == 0


def test_twin_programs_talk_to_their_own_servers(ground: Path) -> None:
    """With a network of their own every kind of connection is theirs."""
    talk = "a = socket.socket(type=socket.SOCK_DGRAM); a.bind(('127.0.0.1', 0))"
    code = f"import socket; {talk}; a.sendto(b'x', a.getsockname()); assert a.recv(1) == b'x'"
    (ground / "tree/talk.py").write_text(code)
    done = enter(ground, plan_for(ground, Means.NAMESPACES), f"{PYTHON} talk.py")
    assert done.returncode == 0, done.stderr


def test_no_socket_of_a_daemon_can_be_reached_wherever_it_lies(ground: Path) -> None:
    """In a home that is shown, in the tree, below a writable folder: docker listens anywhere."""
    places = ("docker.sock", "tree/out/bus", "tree/in/tmux")
    connect = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"
    with ExitStack() as stack:
        for place in places:
            door = stack.enter_context(socket.socket(socket.AF_UNIX))
            door.bind(str(ground / place))
            (ground / place).chmod(0o777)
            door.listen()
        for place in places:
            command = f"{PYTHON} -c '{connect}' {ground / place}"
            done = enter(ground, plan_for(ground, Means.NAMESPACES), command)
            assert done.returncode not in (0, CANNOT_CONFINE), done.stderr
            open_by_landlock = enter(ground, plan_for(ground, Means.LANDLOCK), command)
            assert open_by_landlock.returncode == 0, "doctor names these as open doors"


LATE = """
import pathlib, socket, sys, time
pathlib.Path("in/ready").touch()
end = time.monotonic() + 20
while not pathlib.Path("in/go").exists() and time.monotonic() < end: time.sleep(0.01)
for path in sys.argv[1:]:
    try: socket.socket(socket.AF_UNIX).connect(path)
    except OSError as error: print(type(error).__name__)
    else: print("reached")
"""


@contextmanager
def somebody_listens_late(ground: Path, places: Sequence[Path]) -> Iterator[None]:
    """Daemons start to listen at ``places`` once the program runs."""
    over = threading.Event()

    def listen() -> None:
        while not (ground / "tree/in/ready").exists() and not over.wait(0.01):
            pass
        with ExitStack() as stack:
            for place in places:
                door = stack.enter_context(socket.socket(socket.AF_UNIX))
                door.bind(str(place))
                place.chmod(0o777)
                door.listen()
            (ground / "tree/in/go").touch()
            over.wait(60)

    thread = threading.Thread(target=listen)
    thread.start()
    yield
    over.set()
    thread.join()


def test_no_socket_can_be_reached_that_is_made_later(ground: Path) -> None:
    """A mirror of a folder has inodes of its own, by which the kernel finds nobody listening."""
    (ground / "late.py").write_text(LATE)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as elsewhere:
        Path(elsewhere).chmod(0o755)
        places = (ground / "later", Path(elsewhere) / "later", ground / "tree/out/later")
        with somebody_listens_late(ground, places):
            words = f"{PYTHON} {ground}/late.py {' '.join(map(str, places))}"
            done = enter(ground, plan_for(ground, Means.NAMESPACES), words)
    *refused, in_the_tree = done.stdout.split()
    assert refused == ["ConnectionRefusedError"] * 2, done.stderr
    assert in_the_tree == "reached", "doctor names the tree as an open door"


def test_no_socket_can_be_reached_whose_path_is_not_known(ground: Path) -> None:
    """The kernel tells the name a listener was bound by: a relative one says not where it is."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as elsewhere:
        Path(elsewhere).chmod(0o755)
        with socket.socket(socket.AF_UNIX) as door, contextlib.chdir(elsewhere):
            door.bind("daemon.sock")
            Path("daemon.sock").chmod(0o777)
            door.listen()
            connect = "import socket; socket.socket(socket.AF_UNIX).connect"
            command = f"{PYTHON} -c '{connect}(\"{elsewhere}/daemon.sock\")'"
            done = enter(ground, plan_for(ground, Means.NAMESPACES), command)
    assert done.returncode not in (0, CANNOT_CONFINE), done.stderr
    assert "ConnectionRefusedError" in done.stderr


def test_twin_a_program_reaches_what_listens_within_its_own_run(ground: Path) -> None:
    code = (
        'import socket; d = socket.socket(socket.AF_UNIX); d.bind("in/s"); d.listen(); '
        'socket.socket(socket.AF_UNIX).connect("in/s")'
    )
    done = enter(ground, plan_for(ground, Means.NAMESPACES), f"{PYTHON} -c '{code}'")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["plain", "a b", "a,b:c", "ü\\x"])
def test_a_mirror_shows_what_is_there_under_any_name(ground: Path, name: str) -> None:
    (ground / name).mkdir()
    (ground / name / "file").write_text("x")
    with tempfile.TemporaryDirectory(dir="/var/tmp", suffix=name) as elsewhere:
        Path(elsewhere).chmod(0o755)
        (Path(elsewhere) / "file").write_text("x")
        plan = plan_for(ground, Means.NAMESPACES)._replace(shown=(str(ground / name),))
        command = f"cat {shlex.quote(str(ground / name))}/file {shlex.quote(elsewhere)}/file"
        assert enter(ground, plan, command).stdout == "xx"
