"""Attacks on the thin hook client: whatever happens to it, the tool does not run.

The honest twin of each is :func:`test_an_honest_answer_is_passed_on`.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import remit.hook.__main__ as client
from remit.adapters.agents.claude_code import respond
from remit.testing.hook_server import HookServer

TOKEN = "t" * 32
PAYLOAD = b'{"hook_event_name": "SessionStart"}'
SCRIPT = client.__file__


def call(*arguments: str, stdin: bytes = PAYLOAD) -> subprocess.CompletedProcess[bytes]:
    words = [sys.executable, "-I", "-S", SCRIPT, *arguments]
    return subprocess.run(words, input=stdin, capture_output=True, timeout=30)


def blocked(done: subprocess.CompletedProcess[bytes], *words: str) -> None:
    """Status 2, nothing on stdout that could be read as an answer, a sentence on stderr."""
    said = done.stderr.decode()
    assert done.returncode == 2
    assert done.stdout == b""
    assert said.startswith("Remit blocked this: ")
    assert "Traceback" not in said
    assert all(word in said for word in words), said


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "token").write_text(TOKEN)
    return tmp_path / "hook"


@contextmanager
def endpoint(place: Path, reply: bytes) -> Iterator[None]:
    """A peer that reads one request and writes ``reply`` as it is."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join()


def http(body: bytes, status: str = "200 OK", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\n\r\n".encode() + body


def test_an_honest_answer_is_passed_on(place: Path) -> None:
    with HookServer(lambda body: respond.allow("in"), TOKEN, place) as server:
        done = call(str(place))
    assert (done.returncode, done.stdout, done.stderr) == (0, respond.allow("in"), b"")
    assert server.payloads == ({"hook_event_name": "SessionStart"},)


@pytest.mark.parametrize("answer", [respond.deny("why"), respond.block_prompt("why")])
def test_a_refusal_is_told_by_status_stdout_and_stderr(place: Path, answer: bytes) -> None:
    with HookServer(lambda body: answer, TOKEN, place):
        done = call(str(place))
    assert (done.returncode, done.stdout) == (2, answer)
    assert done.stderr == b"Remit refused this: why\n"


def test_an_allow_that_speaks_of_denying_is_still_an_allow(place: Path) -> None:
    answer = respond.allow('"permissionDecision":"deny"')
    with HookServer(lambda body: answer, TOKEN, place):
        assert call(str(place)).returncode == 0


@pytest.mark.parametrize("arguments", [(), ("a", "b"), ("",), ("\x01",), ("--help",)])
def test_odd_arguments_block(arguments: tuple[str, ...]) -> None:
    blocked(call(*arguments))


def test_no_socket_blocks(place: Path) -> None:
    blocked(call(str(place)))


def test_a_socket_nobody_listens_on_blocks(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(place))
    blocked(call(str(place)), "refused")


def test_a_file_in_place_of_the_socket_blocks(place: Path) -> None:
    place.write_text("{}")
    blocked(call(str(place)))


def test_no_token_blocks(place: Path) -> None:
    (place.parent / "token").unlink()
    blocked(call(str(place)), "token")


@pytest.mark.parametrize("token", ["", "\n", "a\r\nX-Evil: 1", "ä", "x" * 5000])
def test_a_token_that_is_none_blocks(place: Path, token: str) -> None:
    (place.parent / "token").write_text(token)
    blocked(call(str(place)), "token")


def test_a_wrong_token_blocks(place: Path) -> None:
    (place.parent / "token").write_text("another-token-altogether")
    with HookServer(lambda body: respond.nothing(), TOKEN, place) as server:
        blocked(call(str(place)), "401")
    assert server.refused == 1


def test_an_endpoint_that_dies_in_the_middle_blocks(place: Path) -> None:
    def die(body: bytes) -> bytes:
        raise ConnectionError

    with HookServer(die, TOKEN, place):
        blocked(call(str(place)))


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"garbage",
        b"{}",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        http(b""),
        http(b"{", length=50),
        http(b'{"a": 1}', length=4),
        http(b"[]"),
        http(b"true"),
        http(b"{}", "500 Broken"),
        http(b"{}", "403 Forbidden"),
        http(b"{" + b" " * 300_000 + b"}"),
        b"\x00" * 100,
    ],
    ids=lambda reply: repr(reply[:40]),
)
def test_whatever_is_not_a_whole_answer_blocks(place: Path, reply: bytes) -> None:
    with endpoint(place, reply):
        blocked(call(str(place)))


def test_an_endless_endpoint_blocks_in_bounded_time(place: Path) -> None:
    """Run with a shortened limit: the limit is the client's own constant."""
    shorter = (
        f"import sys; sys.path.insert(0, {str(Path(SCRIPT).parent)!r}); import wire; "
        f"wire.SECONDS = 0.3; sys.exit(wire.run([{str(place)!r}]))"
    )
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(place))
        silent.listen()
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", shorter],
            input=PAYLOAD,
            capture_output=True,
            timeout=20,
        )
    blocked(done, "did not answer")


def test_a_payload_over_the_limit_blocks(place: Path) -> None:
    with HookServer(lambda body: respond.nothing(), TOKEN, place):
        blocked(call(str(place), stdin=b"x" * (8 * 1024 * 1024 + 1)), "payload")


def test_a_payload_at_the_limit_is_passed_on(place: Path) -> None:
    with HookServer(lambda body: b'{"n":%d}' % len(body), TOKEN, place):
        done = call(str(place), stdin=b" " * (8 * 1024 * 1024))
    assert done.stdout == b'{"n":8388608}'


def test_a_closed_stdout_still_blocks_a_refusal(place: Path) -> None:
    with HookServer(lambda body: respond.deny("no"), TOKEN, place):
        done = subprocess.run(
            [
                "/bin/sh",
                "-c",
                '"$0" -I -S "$1" "$2" >&-; exit $?',
                sys.executable,
                SCRIPT,
                str(place),
            ],
            input=PAYLOAD,
            capture_output=True,
            timeout=30,
        )
    assert done.returncode == 2


def test_a_deep_state_directory_is_no_obstacle(tmp_path: Path) -> None:
    """A socket's address holds 107 bytes; the client must reach one that lies deeper."""
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    (deep / "token").write_text(TOKEN)
    near = tmp_path / "n"
    with HookServer(lambda body: respond.nothing(), TOKEN, near):
        near.rename(deep / "hook")
        done = call(str(deep / "hook"))
    assert (done.returncode, done.stdout) == (0, b"{}")


def test_a_module_planted_in_the_working_directory_is_not_loaded(place: Path) -> None:
    planted = place.parent / "tree"
    planted.mkdir()
    for name in ("wire", "fallback", "json", "posix", "_socket"):
        (planted / f"{name}.py").write_text("import sys; sys.exit(0)")
    done = subprocess.run(
        [sys.executable, "-I", "-S", SCRIPT, str(place)],
        input=PAYLOAD,
        capture_output=True,
        timeout=30,
        cwd=planted,
        env={"PYTHONPATH": str(planted), "PYTHONSTARTUP": str(planted / "wire.py")},
    )
    blocked(done)
