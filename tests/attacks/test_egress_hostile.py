"""The way out under attack: each attack with the honest request that looks most like it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from open_egress import HOST, PUBLIC, Way, status, way_out
from remit.interfaces.endpoint.relay import Limits
from remit.model.events import ConnectionEnd, StopTrigger
from remit.model.ids import CallId
from remit.model.request import ToolCall
from remit.model.signals import CallRequested, SessionStarted

TUNNELLED = b"200 Connection established"


def going(way: Way, name: str) -> None:
    """A call of the agent begins, as the hook would tell."""
    call = ToolCall(CallId(name), "Bash", {"command": "ls"}, str(way.run.root))
    way.authority.take(SessionStarted("s", "startup"))
    way.authority.take(CallRequested("s", call))
    way.authority.commit()


def test_twin_a_tunnel_to_a_host_of_the_contract(tmp_path: Path) -> None:
    async def go() -> None:
        async with way_out(tmp_path) as way:
            answer = await way.ask(way.connect(f"{HOST}:443") + b"GET / HTTP/1.1\r\n\r\n")
            assert TUNNELLED in answer
            assert answer.endswith(b"hello")
            assert way.beyond.dialled == [(PUBLIC, 443)]
            (end,) = await way.ends()
            assert (end.host, end.port, end.address) == (HOST, 443, PUBLIC)
            assert (end.way, end.end) == ("tunnel", ConnectionEnd.CLOSED)
            assert (end.sent, end.received) == (18, len(way.beyond.answer))

    asyncio.run(go())


@pytest.mark.parametrize(
    "leads_to",
    [
        ("127.0.0.1",),
        ("169.254.169.254",),
        ("10.1.2.3",),
        ("::1",),
        ("::ffff:169.254.169.254",),
        ("64:ff9b::a9fe:a9fe",),
        (PUBLIC, "192.168.0.1"),
    ],
)
def test_dns_rebinding_to_the_own_network(tmp_path: Path, leads_to: tuple[str, ...]) -> None:
    async def go() -> None:
        async with way_out(tmp_path) as way:
            way.beyond.names[HOST] = leads_to
            answer = await way.ask(way.connect(f"{HOST}:443"))
            assert status(answer) == 403
            assert leads_to[-1].encode() in answer
            assert way.beyond.dialled == []
            (end,) = await way.ends()
            assert (end.end, end.address) == (ConnectionEnd.REFUSED, leads_to[-1])

    asyncio.run(go())


def test_dns_rebinding_between_look_up_and_connection(tmp_path: Path) -> None:
    """The name leads elsewhere the second time it is asked: it is asked once."""

    async def go() -> None:
        async with way_out(tmp_path) as way:
            asked = [("127.0.0.1",), (PUBLIC,)]

            async def turning(host: str) -> tuple[str, ...]:
                return asked.pop()

            object.__setattr__(way.egress._outlet.network, "resolve", turning)
            assert TUNNELLED in await way.ask(way.connect(f"{HOST}:443"))
            assert way.beyond.dialled == [(PUBLIC, 443)]
            assert asked == [("127.0.0.1",)]

    asyncio.run(go())


@pytest.mark.parametrize(
    "target",
    [
        "169.254.169.254:80",
        "[::ffff:169.254.169.254]:80",
        "[64:ff9b::a9fe:a9fe]:80",
        "2852039166:80",
        "0xa9fea9fe:80",
        "0251.0376.0251.0376:80",
        "169.254.43518:80",
        "127.0.0.1:22",
        "localhost:22",
        "evil.example.com:443",
        f"{HOST}.evil.com:443",
        f"{HOST}@evil.com:443",
        f"{HOST}:22",
    ],
)
def test_connect_to_metadata_and_hosts_that_are_not_named(tmp_path: Path, target: str) -> None:
    async def go() -> None:
        async with way_out(tmp_path) as way:
            assert status(await way.ask(way.connect(target))) in (400, 403)
            assert way.beyond.dialled == []
            assert way.record().connections == []

    asyncio.run(go())


def test_a_denial_says_what_is_allowed_and_how_to_ask(tmp_path: Path) -> None:
    async def go() -> None:
        async with way_out(tmp_path) as way:
            answer = (await way.ask(way.connect("evil.example.com:443"))).decode()
            assert "403 Not in the task contract" in answer
            assert f"Allowed: hosts: {HOST}." in answer
            assert 'add "evil.example.com" to hosts in the contract' in answer
            ((_, told),) = way.record().pressure
            assert (told.rule, told.subject) == ("network.host-not-allowed", "evil.example.com")

    asyncio.run(go())


def test_a_program_that_tries_again_by_itself_is_one_attempt(tmp_path: Path) -> None:
    async def go() -> None:
        async with way_out(tmp_path) as way:
            going(way, "toolu_1")
            for _ in range(6):
                assert status(await way.ask(way.connect("evil.example.com:443"))) == 403
            ((_, told),) = way.record().pressure
            assert told.call == "toolu_1"
            assert way.record().stopped is None

    asyncio.run(go())


def test_call_after_call_for_the_same_host_ends_the_run(tmp_path: Path) -> None:
    async def go() -> None:
        async with way_out(tmp_path) as way:
            for number in range(3):
                going(way, f"toolu_{number}")
                await way.ask(way.connect("evil.example.com:443"))
            stopped = way.record().stopped
            assert stopped is not None
            assert stopped.trigger is StopTrigger.REPEATED_DENIAL
            assert status(await way.ask(way.connect(f"{HOST}:443"))) == 403

    asyncio.run(go())


def test_a_tunnel_outlives_neither_a_stop_nor_the_run(tmp_path: Path) -> None:
    async def go() -> None:
        async with way_out(tmp_path) as way:
            reader, writer = await way.open()
            writer.write(way.connect(f"{HOST}:443"))
            assert TUNNELLED in await reader.readuntil(b"\r\n\r\n")
            way.authority.stop(StopTrigger.ZONE, "enough", ())
            assert await asyncio.wait_for(reader.read(), 5) == b""
            (end,) = await way.ends()
            assert end.end is ConnectionEnd.CUT
            writer.close()

    asyncio.run(go())


def test_an_open_tunnel_does_not_hold_up_the_end(tmp_path: Path) -> None:
    async def go() -> None:
        async with way_out(tmp_path) as way:
            reader, writer = await way.open()
            writer.write(way.connect(f"{HOST}:443"))
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.wait_for(way.egress.stop(), 3)
            assert [end.end for end in way.record().connections] == [ConnectionEnd.CUT]
            writer.close()

    asyncio.run(go())


def test_a_flood_of_hosts_ends_the_run_and_not_the_disk(tmp_path: Path) -> None:
    async def go() -> None:
        async with way_out(tmp_path) as way:
            reader, writer = await way.open()
            for number in range(230):
                writer.write(way.connect(f"h{number}.example.com:443"))
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(head.partition(b"Length: ")[2].split(b"\r\n")[0]))
            writer.close()
            record = way.record()
            assert record.stopped is not None
            assert len(record.pressure) == 201

    asyncio.run(go())


@pytest.mark.parametrize("given", ["", "Basic cmVtaXQ6d3Jvbmc=", "Bearer x", "Basic !!"])
def test_without_the_password_of_the_run(tmp_path: Path, given: str) -> None:
    async def go() -> None:
        async with way_out(tmp_path) as way:
            line = f"Proxy-Authorization: {given}\r\n" if given else ""
            for first in (f"CONNECT {HOST}:443", f"GET http://{HOST}/"):
                request = f"{first} HTTP/1.1\r\nHost: {HOST}\r\n{line}\r\n".encode()
                answer = await way.ask(request)
                assert status(answer) == 407
                assert b"Proxy-Authenticate: Basic" in answer
            assert way.beyond.dialled == []
            assert way.record().pressure == []

    asyncio.run(go())


def test_twin_a_client_that_asks_for_the_password_first(tmp_path: Path) -> None:
    """As git does: once without, and on the same connection again with it."""

    async def go() -> None:
        async with way_out(tmp_path) as way:
            bare = f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n".encode()
            reader, writer = await way.open()
            writer.write(bare)
            head = await reader.readuntil(b"\r\n\r\n")
            assert status(head) == 407
            await reader.readexactly(int(head.partition(b"Length: ")[2].split(b"\r\n")[0]))
            writer.write(way.connect(f"{HOST}:443"))
            assert TUNNELLED in await reader.readuntil(b"\r\n\r\n")
            writer.close()

    asyncio.run(go())


def test_absolute_form_with_the_host_of_another(tmp_path: Path) -> None:
    """What was judged is what is asked, and the password stays here."""

    async def go() -> None:
        async with way_out(tmp_path) as way:
            request = way.get(f"http://{HOST}/a?b", "X-A: 1\r\nConnection: x-a\r\n", "evil.com")
            assert (await way.ask(request)).endswith(b"hello")
            head = way.beyond.heard.lower()
            assert head.startswith(b"get /a?b http/1.1\r\nhost: registry.example.org\r\n")
            assert b"evil" not in head
            assert b"x-a" not in head
            assert b"proxy-" not in head
            assert b"basic" not in head

    asyncio.run(go())


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}@evil.com/",
        f"http://evil.com#@{HOST}/",
        f"http://evil.com\\@{HOST}/",
        f"http://{HOST}:80:80/",
        f"http://{HOST}%2eevil.com/",
        "http:///",
        f"https://{HOST}/",
        f"ftp://{HOST}/",
        f"//{HOST}/",
    ],
)
def test_absolute_form_with_two_readings(tmp_path: Path, url: str) -> None:
    async def go() -> None:
        async with way_out(tmp_path) as way:
            assert status(await way.ask(way.get(url))) in (400, 403, 404)
            assert way.beyond.dialled == []

    asyncio.run(go())


@pytest.mark.parametrize(
    "more",
    [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 6\r\n",
        "Content-Length: +5\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding:\x0bchunked\r\n",
        " folded: 1\r\n",
        "X: a\nY: b\r\n",
        "X: a\x00b\r\n",
        "Host: evil.com\r\n",
        "Upgrade: h2c\r\nConnection: upgrade\r\n",
    ],
)
def test_header_smuggling(tmp_path: Path, more: str) -> None:
    async def go() -> None:
        async with way_out(tmp_path) as way:
            request = way.get(f"http://{HOST}/", more) + b"0\r\n\r\nGET /evil HTTP/1.1\r\n\r\n"
            assert status(await way.ask(request.replace(b"GET", b"POST", 1))) == 400
            assert way.beyond.dialled == []

    asyncio.run(go())


def test_a_second_request_in_the_tail_of_the_first(tmp_path: Path) -> None:
    async def go() -> None:
        async with way_out(tmp_path) as way:
            tail = b"hellGET http://evil.com/ HTTP/1.1\r\nHost: evil.com\r\n\r\n"
            first = way.get(f"http://{HOST}/", "Content-Length: 4\r\n")
            await way.ask(first.replace(b"GET", b"POST", 1) + tail)
            assert b"evil" not in way.beyond.heard

    asyncio.run(go())


def test_twin_bodies_pass_whole_and_framed_anew(tmp_path: Path) -> None:
    async def go() -> None:
        async with way_out(tmp_path) as way:
            way.beyond.answer = (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                b"3\r\nabc\r\n0\r\n\r\n"
            )
            more = "Transfer-Encoding: chunked\r\nContent-Type: text/plain\r\n"
            request = way.get(f"http://{HOST}/", more).replace(b"GET", b"POST", 1)
            answer = await way.ask(request + b"4\r\nwiki\r\n5\r\npedia\r\n0\r\n\r\n")
            assert b"wiki" in way.beyond.heard
            assert b"5\r\npedia\r\n0\r\n\r\n" in way.beyond.heard
            assert answer.endswith(b"3\r\nabc\r\n0\r\n\r\n")
            assert answer.lower().count(b"connection:") == 0

    asyncio.run(go())


def test_a_slow_client_is_not_waited_for(tmp_path: Path) -> None:
    async def go() -> None:
        async with way_out(tmp_path, limits=Limits(head_s=0.3)) as way:
            reader, writer = await way.open()
            writer.write(b"CONNECT x:443 HTTP/1.1\r\nHost")
            assert status(await asyncio.wait_for(reader.read(), 5)) == 408
            writer.close()

    asyncio.run(go())


def test_a_silent_tunnel_is_not_kept_for_ever(tmp_path: Path) -> None:
    async def go() -> None:
        async with way_out(tmp_path, limits=Limits(idle_s=0.3)) as way:
            answer = await way.ask(way.connect(f"{HOST}:443"))
            assert TUNNELLED in answer
            (end,) = await way.ends()
            assert end.end is ConnectionEnd.CUT

    asyncio.run(go())


def test_a_head_without_end(tmp_path: Path) -> None:
    async def go() -> None:
        async with way_out(tmp_path) as way:
            lines = b"".join(b"X-%d: y\r\n" % number for number in range(300))
            assert status(await way.ask(b"GET / HTTP/1.1\r\n" + lines + b"\r\n")) == 431
            assert status(await way.ask(b"GET / HTTP/1.1\r\nX: " + b"y" * 200_000)) in (0, 431)

    asyncio.run(go())


def test_more_connections_than_a_run_may_hold(tmp_path: Path) -> None:
    async def go() -> None:
        async with way_out(tmp_path, limits=Limits(connections=3)) as way:
            held = [await way.open() for _ in range(3)]
            await asyncio.sleep(0.1)
            assert status(await way.ask(way.connect(f"{HOST}:443"))) == 503
            for _, writer in held:
                writer.close()
            await asyncio.sleep(0.1)
            assert TUNNELLED in await way.ask(way.connect(f"{HOST}:443"))

    asyncio.run(go())


def test_a_body_over_the_limit_is_cut(tmp_path: Path) -> None:
    async def go() -> None:
        async with way_out(tmp_path, limits=Limits(sent=100_000)) as way:
            await way.ask(way.connect(f"{HOST}:443") + b"x" * 300_000)
            (end,) = await way.ends()
            assert end.end is ConnectionEnd.CUT
            assert len(way.beyond.heard) <= 100_000

    asyncio.run(go())


@pytest.mark.parametrize("target", ["/", "/hook", "*", "/model", "/model/v1/messages"])
def test_this_is_no_web_server(tmp_path: Path, target: str) -> None:
    async def go() -> None:
        async with way_out(tmp_path) as way:
            assert status(await way.ask(way.get(target))) in (400, 404)

    asyncio.run(go())


PROXIES = {"HTTPS_PROXY": "http://ada:secret@127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}


@pytest.mark.parametrize(
    ("named", "asked", "leads_to"),
    [
        (HOST, HOST, ("10.1.2.3",)),
        (HOST, HOST, (PUBLIC, "::ffff:169.254.169.254")),
        ("*.corp", "wiki.corp", ()),
        ("*.internal", "metadata.google.internal", ()),
        ("wiki", "wiki", ()),
        ("10.1.2.3", "10.1.2.3", ()),
    ],
)
def test_the_own_network_by_way_of_the_users_proxy(
    tmp_path: Path, named: str, asked: str, leads_to: tuple[str, ...]
) -> None:
    async def go() -> None:
        async with way_out(tmp_path, (named,), proxies=PROXIES) as way:
            way.beyond.names = {asked: leads_to} if leads_to else {}
            for request in (way.connect(f"{asked}:443"), way.get(f"http://{asked}/", host=asked)):
                answer = await way.ask(request)
                assert status(answer) == 403
                assert b"secret" not in answer

    asyncio.run(go())


def test_twin_a_host_of_the_contract_is_asked_of_the_users_proxy(tmp_path: Path) -> None:
    """Nobody listens there: the answer names neither the proxy nor its password."""

    async def go() -> None:
        async with way_out(tmp_path, proxies=PROXIES) as way:
            for names in ({HOST: (PUBLIC,)}, {}):
                way.beyond.names = dict(names)
                answer = await way.ask(way.connect(f"{HOST}:443"))
                assert status(answer) == 502
                assert b"your proxy does not answer" in answer
                assert b"secret" not in answer
                assert b":9" not in answer
            assert way.beyond.dialled == []

    asyncio.run(go())


def test_twin_what_the_user_excepts_is_reached_directly(tmp_path: Path) -> None:
    async def go() -> None:
        excepting = PROXIES | {"NO_PROXY": "localhost, .example.org"}
        async with way_out(tmp_path, proxies=excepting) as way:
            answer = await way.ask(way.connect(f"{HOST}:443") + b"GET / HTTP/1.1\r\n\r\n")
            assert TUNNELLED in answer
            assert way.beyond.dialled == [(PUBLIC, 443)]

    asyncio.run(go())
