"""One side of ``meter.py``: a scripted provider, or a run's model door before it.

``meter_door.py --provider`` and ``meter_door.py BASE KEY [--unmetered] [--budget LINES]`` print
their port and serve until standard input closes; the door then prints every answer it settled:
its message, its tokens, its end.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from pathlib import Path

from meter_texts import pieces
from open_run import opened_run, until_closed

MODEL = "claude-haiku-5-5"
_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nrequest-id: %s\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


async def provide() -> None:
    server = await asyncio.start_server(_answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await until_closed()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            order = json.loads(await reader.readexactly(length))["metadata"]
            await _stream(writer, order)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _stream(writer: asyncio.StreamWriter, order: dict[str, float]) -> None:
    """The answer that ``order`` describes: its seed, how many events, seconds between them."""
    seed, count, pace = int(order["seed"]), int(order["events"]), order["pace_s"]
    writer.write(_HEAD % f"req_{seed}".encode())
    usage = {"input_tokens": int(order["read"]), "output_tokens": 1}
    message = {"id": f"msg_{seed}", "model": MODEL, "usage": usage}
    _write(writer, "message_start", message=message)
    block = {"type": "text", "text": ""}
    _write(writer, "content_block_start", index=0, content_block=block)
    wrote = 0
    for piece in pieces(seed, count):
        wrote += piece.tokens
        delta = {"type": "text_delta", "text": piece.text}
        _write(writer, "content_block_delta", index=0, delta=delta)
        await writer.drain()
        if pace:
            await asyncio.sleep(pace)
    _write(writer, "content_block_stop", index=0)
    delta = {"stop_reason": "end_turn"}
    _write(writer, "message_delta", delta=delta, usage={"output_tokens": wrote})
    _write(writer, "message_stop")
    writer.write(b"0\r\n\r\n")
    await writer.drain()


def _write(writer: asyncio.StreamWriter, kind: str, **fields: object) -> None:
    event = f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()
    writer.write(b"%x\r\n%s\r\n" % (len(event), event))


async def door(given: argparse.Namespace, place: Path) -> None:
    from remit.interfaces.endpoint.egress import Egress
    from remit.interfaces.endpoint.metering import Metering
    from remit.interfaces.endpoint.model_door import ModelDoor
    from remit.model.record import gather
    from remit.model.route import Credential, ModelRoute
    from remit.services.border import Border
    from remit.services.meter import Meter
    from remit.services.purse import Purse
    from remit.services.scan.prices import Pricing, load_prices
    from remit.storage.shared_spending import SharedSpending

    with opened_run(place, given.budget) as opened:
        run, doors = opened.run, opened.doors
        route = ModelRoute(given.base, (Credential("x-api-key", given.key, "real"),))
        model = ModelDoor(route, doors.out_hosts, {})
        prices = Pricing(load_prices({"HOME": str(place)}, None))
        purse = Purse(SharedSpending(place), run.id, (), run.desk.now_us)
        meter = Meter(run.recorder, opened.authority, prices, purse, run.desk.now_us)
        metering = None if given.unmetered else Metering(meter)
        border = Border(opened.authority, ())
        egress = Egress(border, doors.out_token, model=model, metering=metering)
        await egress.serve(doors)
        print(doors.out_port, flush=True)
        await until_closed()
        await egress.stop()
        run.recorder.flush()
        settled = gather(run.id, run.desk.ledger.recorded(run.id)).settled.values()
        print(json.dumps([[x.message, x.tokens, x.end.value] for x in settled]), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--provider", action="store_true")
    parser.add_argument("base", nargs="?")
    parser.add_argument("key", nargs="?")
    parser.add_argument("--unmetered", action="store_true")
    parser.add_argument("--budget", default="")
    given = parser.parse_args()
    if given.provider:
        asyncio.run(provide())
        return
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(door(given, Path(place)))


if __name__ == "__main__":
    main()
