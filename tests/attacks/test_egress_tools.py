"""curl, git, pip and npm as they are leave by the way out, and are turned away by it."""

from __future__ import annotations

import asyncio
import functools
import shutil
import ssl
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator, Sequence
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from open_egress import HOST, way_out
from remit.adapters.agents.claude_code.environment import build_environment

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps"]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the registry serves: a file, a repository, an index with one wheel, and a package."""
    place = tmp_path_factory.mktemp("served")
    (place / "hello.txt").write_text("hello\n")
    git = ["git", "-C", str(place), "-c", "user.name=T", "-c", "user.email=t@example.org"]
    subprocess.run([*git, "init", "-q", "work"], check=True)
    git[2] = str(place / "work")
    for words in (
        ["commit", "-q", "--allow-empty", "-m", "first"],
        ["clone", "-q", "--bare", ".", "../bare.git"],
        ["--git-dir=../bare.git", "update-server-info"],
    ):
        subprocess.run([*git, *words], check=True, capture_output=True)
    index = place / "simple" / "tiny"
    index.mkdir(parents=True)
    wheel = "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(index / wheel, "w") as archive:
        archive.writestr("tiny.py", "x = 1\n")
        head = "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"
        archive.writestr("tiny-1.0.dist-info/METADATA", head)
        archive.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    (index / "index.html").write_text(f'<a href="{wheel}">{wheel}</a>')
    (place / "tiny").write_text('{"name": "tiny", "versions": {"1.0.0": {"name": "tiny"}}}')
    return place


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj"
    more = [f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(["openssl", *words.split(), *more, *files], check=True, capture_output=True)
    return folder / "cert.pem"


@pytest.fixture
def registry(place: Path, certificate: Path) -> Iterator[int]:
    """The port of a server that answers for the registry, under TLS."""
    handler = functools.partial(_Quiet, directory=str(place))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, certificate.with_name("key.pem"))
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def run(
    tmp: Path, certificate: Path, port: int, hosts: tuple[str, ...], argv: Sequence[str]
) -> tuple[int, str, list[str], list[str]]:
    """Run ``argv`` with the agent's environment: its end, its words, who was reached, who not."""

    async def go() -> tuple[int, str, list[str], list[str]]:
        async with way_out(tmp, hosts) as way:
            way.beyond.port = port
            proxy = way.run.doors.proxy_url
            shell = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp)}
            names = (
                "CURL_CA_BUNDLE",
                "GIT_SSL_CAINFO",
                "REQUESTS_CA_BUNDLE",
                "NODE_EXTRA_CA_CERTS",
            )
            shell |= dict.fromkeys(names, str(certificate))
            env = dict(build_environment(shell, (), proxy).variables)
            trust = [f"--cafile={certificate}"] if argv[0] == "npm" else []
            done = await asyncio.to_thread(
                subprocess.run,
                [*argv, *trust],
                env=env,
                cwd=tmp,
                capture_output=True,
                text=True,
                timeout=60,
            )
            await asyncio.sleep(0.1)
            record = way.record()
            reached = [f"{c.host}:{c.port}" for c in record.connections]
            told = [told.subject for _, told in record.pressure]
            return done.returncode, done.stdout + done.stderr, reached, told

    return asyncio.run(go())


TOOLS = {
    "curl": ["curl", "-sSf", f"https://{HOST}/hello.txt"],
    "git": ["git", "clone", "-q", f"https://{HOST}/bare.git", "cloned"],
    "pip": [*PIP, "-q", "-i", f"https://{HOST}/simple", "tiny"],
    "npm": ["npm", "view", "--registry", f"https://{HOST}", "tiny", "name"],
}


@pytest.mark.parametrize("tool", TOOLS)
def test_twin_a_tool_reaches_a_registry_of_the_contract(
    tmp_path: Path, certificate: Path, registry: int, tool: str
) -> None:
    if shutil.which(TOOLS[tool][0]) is None:
        pytest.skip(f"left out: {tool} is not here")
    code, said, reached, told = run(tmp_path, certificate, registry, (HOST,), TOOLS[tool])
    assert code == 0, said
    assert set(reached) == {f"{HOST}:443"}
    assert told == []


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_that_wants_another_registry(
    tmp_path: Path, certificate: Path, registry: int, tool: str
) -> None:
    """It is told in its own way, once, however often it tries by itself."""
    if shutil.which(TOOLS[tool][0]) is None:
        pytest.skip(f"left out: {tool} is not here")
    argv = [word.replace(HOST, "evil.example.com") for word in TOOLS[tool]]
    code, said, reached, told = run(tmp_path, certificate, registry, (HOST,), argv)
    assert code != 0
    assert "403" in said or "Not in the task contract" in said
    assert reached == []
    assert told == ["evil.example.com"]
