"""Whole runs on a machine whose only way out is a proxy of the user's own, with a password."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from scripted_run import Stage
from test_run_egress import ANSWER, allow, fetch, service

PASSWORD = "known-to-ada-alone"
__all__ = ["service"]


@dataclass
class Proxy:
    port: int
    log: Path

    @property
    def asked(self) -> list[str]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line.split(" ")[1] for line in lines if line.startswith("CONNECT ")]


@pytest.fixture
def proxy(tmp_path: Path, service: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    log = tmp_path / "asked"
    words = [sys.executable, str(Path(__file__).parent / "small_proxy.py"), str(service), str(log)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://ada:{PASSWORD}@127.0.0.1:{port}")
        for name in ("http_proxy", "https_proxy", "NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield Proxy(port, log)
        process.terminate()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.mark.parametrize("means", ["", "landlock"])
def test_hosts_of_the_contract_are_reached_through_the_users_proxy(
    stage: Stage, proxy: Proxy, means: str
) -> None:
    stage.means = means
    allow(stage, "registry.invalid")
    url = "http://registry.invalid/"
    steps = [stage.repair(), fetch(stage, url), fetch(stage, f"-p {url}")]
    code, _ = stage.go(steps)
    record = stage.record()
    assert code == 0
    assert record is not None
    assert [(c.host, c.way, c.address) for c in record.connections] == [
        ("registry.invalid", "request", ""),
        ("registry.invalid", "tunnel", ""),
    ]
    assert all(c.received > len(ANSWER) for c in record.connections)
    assert proxy.asked == ["registry.invalid:80"] * 2


def test_what_no_run_reaches_is_not_asked_of_the_proxy_either(stage: Stage, proxy: Proxy) -> None:
    allow(stage, "*.internal", "registry.invalid")
    steps = [
        fetch(stage, "http://metadata.google.internal/"),
        fetch(stage, "http://elsewhere.invalid/"),
        fetch(stage, "http://169.254.169.254/"),
        stage.repair(),
    ]
    stage.go(steps)
    record = stage.record()
    assert record is not None
    assert proxy.asked == []
    assert [c.end.value for c in record.connections] == ["refused"]
    assert {told.subject for _, told in record.pressure} == {"elsewhere.invalid", "169.254.169.254"}


def test_the_password_of_the_proxy_reaches_neither_agent_nor_record(
    stage: Stage, proxy: Proxy
) -> None:
    allow(stage, "registry.invalid")
    stage.contract = stage.contract.replace('["curl"]', '["curl", "sh tests/look.sh"]')
    look = (
        "word=known-to-ada; env | grep -c $word-alone\n"
        "cat /proc/[0-9]*/environ 2>/dev/null | grep -ac $word-alone\n"
        "curl -sv http://registry.invalid/ 2>&1 | head -n 20\n"
    )
    (stage.root / "tests/look.sh").write_text(look)
    stage.go([stage.repair(), stage.bash("sh tests/look.sh")])
    assert proxy.asked == ["registry.invalid:80"]
    record = stage.record()
    assert record is not None
    said = [call.finished.excerpt for call in record.calls.values() if call.finished][-1]
    assert "0\\n0\\n" in said
    assert "200 OK" in said
    held = [path for path in stage.state.rglob("*") if path.is_file()]
    assert held
    for path in held:
        assert PASSWORD.encode() not in path.read_bytes(), path


def test_a_proxy_that_cannot_be_read_is_told_of_without_its_password(
    stage: Stage, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://ada:{PASSWORD}/x@127.0.0.1:{proxy.port}")
    with stage.start([stage.repair()]) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode != 0
    packet = Path(json.loads(out)["packet"]["json"]).read_text()
    assert "the proxy in HTTPS_PROXY cannot be read" in packet
    assert PASSWORD not in out + err + packet
