"""The model's door: it opens for the key of the run alone, and what passes is not held back."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from open_egress import Way, status, way_out
from remit.model.route import Credential, ModelRoute

RUN_KEY, REAL_KEY = "sk-remit-of-this-run", "sk-ant-the-real-one"
KEYS = (
    Credential("authorization", f"Bearer {RUN_KEY}", f"Bearer {REAL_KEY}"),
    Credential("x-api-key", RUN_KEY, REAL_KEY),
)


class Provider:
    """A small provider on this machine; ``said`` is what it was sent."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.said: list[bytes] = []
        self.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
        self.more = asyncio.Event()
        self.later = b""
        self.opened = 0
        self._context = context

    async def __aenter__(self) -> Provider:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.said.append(head.lower())
                connects = head.startswith(b"CONNECT")
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n" if connects else self.answer)
                if self.later:
                    await self.more.wait()
                    writer.write(self.later)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()


def asking(way: Way, more: str = "", path: str = "/model/v1/messages", host: str = "") -> bytes:
    host = host or f"127.0.0.1:{way.run.doors.out_port}"
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n".encode()


def _route(provider: Provider, *keys: Credential, path: str = "") -> ModelRoute:
    return ModelRoute(f"http://127.0.0.1:{provider.port}{path}", keys)


@pytest.mark.parametrize(
    "shown", [f"x-api-key: {RUN_KEY}", f"X-Api-Key: {RUN_KEY}", f"Authorization: Bearer {RUN_KEY}"]
)
def test_twin_the_key_of_the_run_becomes_the_users(tmp_path: Path, shown: str) -> None:
    async def go() -> None:
        async with Provider() as provider, way_out(tmp_path, route=_route(provider, *KEYS)) as way:
            answer = await way.ask(asking(way, f"{shown}\r\n"))
            assert answer.endswith(b"hi")
            assert REAL_KEY.encode() in provider.said[0]
            assert RUN_KEY.encode() not in provider.said[0]
            (end,) = await way.ends()
            assert (end.way, end.host) == ("model", "127.0.0.1")

    asyncio.run(go())


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "x-api-key: sk-ant-of-somebody-else\r\n",
        "Authorization: Bearer sk-ant-of-somebody-else\r\n",
        f"Authorization: {RUN_KEY}\r\n",
        f"Proxy-Authorization: Bearer {RUN_KEY}\r\n",
        f"x-api-key: {RUN_KEY}x\r\n",
    ],
)
def test_another_key_would_carry_data_to_another_account(tmp_path: Path, shown: str) -> None:
    async def go() -> None:
        async with Provider() as provider, way_out(tmp_path, route=_route(provider, *KEYS)) as way:
            assert status(await way.ask(asking(way, shown))) == 401
            assert provider.said == []

    asyncio.run(go())


def test_another_key_beside_the_right_one_does_not_pass(tmp_path: Path) -> None:
    async def go() -> None:
        async with Provider() as provider, way_out(tmp_path, route=_route(provider, *KEYS)) as way:
            both = f"x-api-key: {RUN_KEY}\r\nAuthorization: Bearer sk-of-another\r\n"
            await way.ask(asking(way, both))
            assert b"sk-of-another" not in provider.said[0]

    asyncio.run(go())


def test_a_sign_in_passes_as_it_is(tmp_path: Path) -> None:
    async def go() -> None:
        async with Provider() as provider, way_out(tmp_path, route=_route(provider)) as way:
            await way.ask(asking(way, "Authorization: Bearer sk-ant-oat\r\n"))
            assert b"authorization: bearer sk-ant-oat\r\n" in provider.said[0]

    asyncio.run(go())


@pytest.mark.parametrize(
    "path",
    [
        "/model/../v1/files",
        "/model/%2e%2e/v1/files",
        "/model/v1/..%2f..%2ffiles",
        "/model/..",
        "/model/v1/%2E./x",
        "/model\\..\\x",
        "/modelx",
    ],
)
def test_climbing_out_of_the_address_of_the_provider(tmp_path: Path, path: str) -> None:
    async def go() -> None:
        async with (
            Provider() as provider,
            way_out(tmp_path, route=_route(provider, *KEYS, path="/team")) as way,
        ):
            answer = await way.ask(asking(way, f"x-api-key: {RUN_KEY}\r\n", path))
            assert status(answer) in (400, 404)
            assert provider.said == []

    asyncio.run(go())


def test_twin_a_provider_below_a_path(tmp_path: Path) -> None:
    async def go() -> None:
        async with (
            Provider() as provider,
            way_out(tmp_path, route=_route(provider, *KEYS, path="/team/")) as way,
        ):
            key = f"x-api-key: {RUN_KEY}\r\n"
            await way.ask(asking(way, key, "/model/v1/messages?beta=true&x=../y"))
            assert provider.said[0].startswith(b"get /team/v1/messages?beta=true&x=../y http/1.1")

    asyncio.run(go())


@pytest.mark.parametrize("host", ["evil.example.com", "127.0.0.1", "localhost:1"])
def test_a_page_of_a_browser_under_another_name(tmp_path: Path, host: str) -> None:
    async def go() -> None:
        async with Provider() as provider, way_out(tmp_path, route=_route(provider)) as way:
            assert status(await way.ask(asking(way, host=host))) == 404
            assert provider.said == []

    asyncio.run(go())


def test_answers_are_not_held_back(tmp_path: Path) -> None:
    """The first event of a stream is there before the provider says the next."""

    async def go() -> None:
        async with Provider() as provider, way_out(tmp_path, route=_route(provider)) as way:
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            chunks = b"Transfer-Encoding: chunked\r\n\r\n7\r\nfirst\n\n\r\n"
            provider.answer = head + chunks
            provider.later = b"8\r\nsecond\n\n\r\n0\r\n\r\n"
            reader, writer = await way.open()
            writer.write(asking(way))
            early = await asyncio.wait_for(reader.readuntil(b"first"), 5)
            assert b"second" not in early
            provider.more.set()
            late = await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), 5)
            assert b"second" in late
            writer.close()

    asyncio.run(go())


def test_requests_share_a_connection_and_survive_its_end(tmp_path: Path) -> None:
    async def go() -> None:
        async with Provider() as provider, way_out(tmp_path, route=_route(provider)) as way:
            for _ in range(3):
                assert (await way.ask(asking(way))).endswith(b"hi")
            assert provider.opened == 1
            provider.answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"
            for _ in range(2):
                assert (await way.ask(asking(way))).endswith(b"hi")
            assert provider.opened == 2

    asyncio.run(go())


def _certificate(tmp: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    key, certificate = tmp / f"{name}.key", tmp / f"{name}.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj"
    subprocess.run(
        [
            "openssl",
            *words.split(),
            f"/CN={name}",
            "-addext",
            f"subjectAltName=DNS:{name}",
            "-keyout",
            str(key),
            "-out",
            str(certificate),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context


@pytest.mark.parametrize(
    ("name", "trusted", "passes"),
    [("localhost", True, True), ("localhost", False, False), ("other.example", True, False)],
)
def test_somebody_who_poses_as_the_provider(
    tmp_path: Path, name: str, trusted: bool, passes: bool
) -> None:
    certificate, context = _certificate(tmp_path, name)
    environ = {"NODE_EXTRA_CA_CERTS": str(certificate)} if trusted else {}

    async def go() -> None:
        async with (
            Provider(context) as provider,
            way_out(
                tmp_path,
                route=ModelRoute(f"https://localhost:{provider.port}", KEYS),
                environ=environ,
            ) as way,
        ):
            answer = await way.ask(asking(way, f"x-api-key: {RUN_KEY}\r\n"))
            assert status(answer) == (200 if passes else 502)
            assert bool(provider.said) is passes

    asyncio.run(go())


def test_the_users_own_proxy_leads_to_the_provider(tmp_path: Path) -> None:
    async def go() -> None:
        route = ModelRoute("http://model.example.org", KEYS, (("x-team", "seven"),))
        async with AsyncExitStack() as stack:
            proxy = await stack.enter_async_context(Provider())
            environ = {"HTTP_PROXY": f"http://ada:pass%21@127.0.0.1:{proxy.port}"}
            opening = way_out(tmp_path, route=route, environ=environ)
            way = await stack.enter_async_context(opening)
            answer = await way.ask(asking(way, f"x-api-key: {RUN_KEY}\r\n"))
            assert answer.endswith(b"hi")
            assert proxy.said[0].startswith(b"connect model.example.org:80 http/1.1")
            assert b"proxy-authorization: basic ywrhonbhc3mh" in proxy.said[0]
            assert b"host: model.example.org\r\n" in proxy.said[1]
            assert b"x-team: seven\r\n" in proxy.said[1]

    asyncio.run(go())
