"""The client's own WebFetch, confined: what the contract names is fetched through the way out."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from governed import Bench, repair
from remit.testing.scripted_model import Turn, say, use

NAME = "docs.invalid"
PAGE = b"<html><body><p>The parser splits at the LAST-COMMA.</p></body></html>"
SMALL_PROXY = Path(__file__).parent.parent / "e2e" / "small_proxy.py"
HIGH = """acknowledged_by = "Rita"
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


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@dataclass
class Beyond:
    """Another machine with a web server, as far as the run can tell."""

    environ: dict[str, str]
    log: Path

    @property
    def asked(self) -> list[str]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line.split(" ")[1] for line in lines if line.startswith("CONNECT ")]


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    key, made = folder / "key.pem", folder / "certificate.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj"
    named = [f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    files = ["-keyout", str(key), "-out", str(made)]
    subprocess.run(["openssl", *words.split(), *named, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    return made, context


@pytest.fixture
def beyond(tmp_path: Path) -> Iterator[Beyond]:
    home = tmp_path / "home"
    home.mkdir()
    trusted, context = certificate(home)
    log = tmp_path / "asked"
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        words = [sys.executable, str(SMALL_PROXY), str(server.server_port), str(log)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as proxy:
            assert proxy.stdout is not None
            way = f"http://ada:secret@127.0.0.1:{int(proxy.stdout.readline())}"
            yield Beyond({"HTTPS_PROXY": way, "NODE_EXTRA_CA_CERTS": str(trusted)}, log)
            proxy.terminate()
        server.shutdown()
        thread.join()


@pytest.fixture
def bench(claude: Path, tmp_path: Path, clean_env: Callable[..., dict[str, str]]) -> Bench:
    made = Bench(claude, tmp_path, clean_env)
    head, _, rest = made.contract.partition("[people]")
    network = f"[network]\nhosts = {json.dumps([NAME])}\n"
    made.contract = f"{head}{HIGH}{rest[rest.index('[') :]}\n{network}"
    return made


def fetching(bench: Bench, *urls: str) -> dict[str, list[Turn]]:
    fetches = [use("WebFetch", url=url, prompt="[[script:reader]] what is said") for url in urls]
    found = use("ToolSearch", query="select:WebFetch")
    return {
        "main": [found, *fetches, *repair(bench.root)],
        "reader": [say("READ-BY-THE-SMALL-MODEL")],
    }


@pytest.mark.parametrize("means", ["", "landlock"])
def test_a_page_of_a_host_of_the_contract_is_fetched(
    bench: Bench, beyond: Beyond, means: str
) -> None:
    scripts = fetching(bench, f"https://{NAME}/parser")
    ran = bench.go(scripts, REMIT_CONFINE=means, **beyond.environ)
    assert ran.exit_code == 0, ran.stderr
    assert ran.decisions("WebFetch") == ["allow"]
    read = [request for request in ran.requests if request.script == "reader"]
    assert len(read) == 1
    assert "LAST-COMMA" in read[0].text
    assert "READ-BY-THE-SMALL-MODEL" in ran.requests[-1].text
    assert beyond.asked == [f"{NAME}:443"]
    assert [(c.host, c.way) for c in ran.record.connections if c.way != "model"] == [
        (NAME, "tunnel")
    ]
    assert ran.record.pressure == []


def test_twin_a_page_of_another_host_is_held(bench: Bench, beyond: Beyond) -> None:
    ran = bench.go(fetching(bench, "https://elsewhere.invalid/parser"), **beyond.environ)
    assert ran.exit_code == 0, ran.stderr
    assert ran.decisions("WebFetch") == ["deny"]
    assert [request for request in ran.requests if request.script == "reader"] == []
    assert beyond.asked == []
    held = [(told.rule, told.subject) for _, told in ran.record.pressure]
    assert held == [("network.host-not-allowed", "elsewhere.invalid")]
