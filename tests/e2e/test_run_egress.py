"""Whole runs that reach for the net: what gets through is counted, what does not is pressure."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from scripted_run import Stage

ANSWER = b"hello from the database\n" * 100


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def service() -> Iterator[int]:
    """The port of a small web server on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def fetch(stage: Stage, url: str) -> dict[str, object]:
    return stage.bash(f"curl -sS -o /dev/null --noproxy nothing.example {url}")


HIGH = """
acknowledged_by = "Rita"
[people]
delegator = "Demo <demo@localhost>"
reviewer = "Rita"
owner = "Otto"
[rollback]
change = "one function"
undo = "git revert"
data_risk = "none: no data"
trigger = "wrong counts"
owner = "Otto"
verify = "the tests"
"""


def allow(stage: Stage, *hosts: str) -> None:
    """A contract that names ``hosts``; such a one is of the high class."""
    head, _, rest = stage.contract.partition("[people]")
    rest = rest[rest.index("[") :]
    network = f"[network]\nhosts = {json.dumps(hosts)}\n"
    stage.contract = f'{head}{HIGH.lstrip()}{rest}\n[commands]\nfree = ["curl"]\n{network}'


def test_a_host_of_the_contract_is_reached_and_counted(stage: Stage, service: int) -> None:
    allow(stage, f"localhost:{service}")
    url = f"http://localhost:{service}/"
    code, result = stage.go([stage.repair(), fetch(stage, url), fetch(stage, f"-p {url}")])
    record = stage.record()
    assert record is not None
    assert [(c.host, c.way) for c in record.connections] == [
        ("localhost", "request"),
        ("localhost", "tunnel"),
    ]
    assert all(c.received > len(ANSWER) for c in record.connections)
    packet = json.loads(Path(result["packet"]["json"]).read_text())  # type: ignore[index]
    assert packet["reached"][0]["host"] == f"localhost:{service}"
    assert packet["reached"][0]["connections"] == 2
    assert code == 0


def direct(stage: Stage, port: int) -> dict[str, object]:
    """What a database's client does: it knows of no proxy."""
    return stage.bash(f"curl -sS -m 5 -o /dev/null --noproxy '*' http://127.0.0.1:{port}/")


@pytest.mark.parametrize("means", ["", "landlock"])
def test_a_service_of_this_machine_that_the_contract_names_is_lent(
    tmp_path: Path, service: int, means: str
) -> None:
    stage = Stage(tmp_path, means=means)
    allow(stage, f"localhost:{service}")
    code, _ = stage.go([stage.repair(), direct(stage, service)])
    record = stage.record()
    assert record is not None
    outcomes = [call.finished.ok for call in record.calls.values() if call.finished]
    assert outcomes == [True, True]
    if not means:
        assert [(c.host, c.port, c.way) for c in record.connections] == [
            ("localhost", service, "lent")
        ]
        assert record.connections[0].received > len(ANSWER)
    assert code == 0


@pytest.mark.parametrize("means", ["", "landlock"])
def test_a_service_that_the_contract_does_not_name_is_not_reached(
    tmp_path: Path, service: int, means: str
) -> None:
    stage = Stage(tmp_path, means=means)
    with socket.create_server(("127.0.0.1", 0)) as other:
        allow(stage, f"localhost:{service}")
        stage.go([stage.repair(), direct(stage, other.getsockname()[1])])
        other.settimeout(0.1)
        with pytest.raises(TimeoutError):
            other.accept()
    record = stage.record()
    assert record is not None
    outcomes = [call.finished.ok for call in record.calls.values() if call.finished]
    assert outcomes == [True, False]
    assert record.connections == []


def test_a_port_that_nobody_listens_on_is_left_to_the_agents_own_server(stage: Stage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    allow(stage, f"localhost:{port}")
    stage.contract = stage.contract.replace('free = ["curl"]', 'free = ["curl", "python3"]')
    serve = f"timeout 4 python3 -m http.server -b 127.0.0.1 {port} >/dev/null 2>&1 & sleep 1"
    ask = f"curl -sS -m 5 -o /dev/null --noproxy '*' http://127.0.0.1:{port}/"
    stage.go([stage.repair(), stage.bash(f"{serve}; {ask}")])
    record = stage.record()
    assert record is not None
    outcomes = [call.finished.ok for call in record.calls.values() if call.finished]
    assert outcomes == [True, True]
    assert record.connections == []
