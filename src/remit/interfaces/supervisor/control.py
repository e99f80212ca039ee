"""The supervisor's own door, for people: requests are listed and answered here.

Not the endpoint: what reaches that comes from the agent and only narrows. Each connection is one
line and one answer; who connects is asked of the kernel before a word is read.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import socket
from collections.abc import Callable
from pathlib import Path

from remit.codec.control import MAX_LINE, Command, Do, line_of, read_command
from remit.errors import LedgerUnavailable, RemitError, UsageError
from remit.model.grant import Established, Granter
from remit.model.json import Json, JsonObject
from remit.services.approvals import Approvals, Wish
from remit.services.requests import grant_json, request_json
from remit.services.signed_answers import Signed
from remit.system import private_socket
from remit.system.peers import Peer, require_person

SECONDS = 5.0
CONNECTIONS = 16
NAME = "control"


class ControlDoor:
    """Answers people for one run. ``agent`` is the process the run's processes descend from."""

    def __init__(self, approvals: Approvals, agent: int) -> None:
        self._approvals = approvals
        self._agent = agent
        self._open = 0
        self._server: asyncio.Server | None = None

    async def serve(self, folder: Path) -> None:
        listening = private_socket.listen(folder / NAME)
        self._server = await asyncio.start_unix_server(self._meet, sock=listening, limit=MAX_LINE)

    def stop(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One command. A connection that says nothing, or takes no answer, is dropped."""
        self._open += 1
        try:
            if self._open <= CONNECTIONS:
                async with asyncio.timeout(SECONDS):
                    writer.write(line_of(await self._answer(reader, writer)))
                    await writer.drain()
        except (TimeoutError, OSError, ValueError, EOFError, asyncio.LimitOverrunError):
            return  # there is nobody to tell: it said nothing, too much, or is gone
        finally:
            self._open -= 1
            writer.close()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> JsonObject:
        try:
            peer = require_person(_socket_of(writer), self._agent)
            command = read_command(await reader.readuntil(b"\n"))
            return {"ok": True, **await self.carry_out(command, peer)}
        except LedgerUnavailable as failure:
            return _failure(RemitError(f"it could not be recorded: {failure.message}"))
        except RemitError as error:
            return _failure(error)

    async def carry_out(self, command: Command, peer: Peer) -> dict[str, Json]:
        """What ``peer`` wants done, and what came of it; RemitError where that may not be."""
        doing: dict[Do, Callable[[Command, Granter], dict[str, Json]]] = {
            Do.REQUESTS: self._requests,
            Do.GRANT: self._grant,
            Do.REFUSE: self._refuse,
            Do.REVOKE: self._revoke,
        }
        granter = await self._signer(command) if command.signature else _granter(peer)
        return doing[command.do](command, granter)

    async def _signer(self, command: Command) -> Granter:
        """Who signed the command. In a thread: hooks go on being answered meanwhile."""
        if command.do is not Do.GRANT:
            raise UsageError("only a grant is signed", "leave the signature out")
        given = Signed(command.statement, command.signature)
        wish = _wish(command)
        return await asyncio.to_thread(self._approvals.signed, command.subject, wish, given)

    def _requests(self, command: Command, granter: Granter) -> dict[str, Json]:
        permits, now_us = self._approvals.permits, self._approvals.now_us()
        return {
            "requests": [request_json(asked, now_us) for asked in permits.waiting.values()],
            "grants": [grant_json(grant) for grant in permits.grants],
            "signers": self._approvals.signers,
        }

    def _grant(self, command: Command, granter: Granter) -> dict[str, Json]:
        granted = self._approvals.grant(command.subject, _wish(command), granter)
        return {"grant": grant_json(granted)}

    def _refuse(self, command: Command, granter: Granter) -> dict[str, Json]:
        refusal = self._approvals.refuse(command.subject, command.reason, granter)
        return {"refused": refusal.request}

    def _revoke(self, command: Command, granter: Granter) -> dict[str, Json]:
        revoked = self._approvals.revoke(command.subject, command.reason, granter.name)
        return {"revoked": revoked.grant}


def _wish(command: Command) -> Wish:
    assert command.expiry is not None
    return Wish(command.reason, command.expiry, command.evidence)


def _granter(peer: Peer) -> Granter:
    programs = " < ".join(peer.programs[:6])
    detail = f"process {peer.identity.pid} ({programs}), outside the run"
    return Granter(_user(peer.uid), Established.PEER, detail)


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _socket_of(writer: asyncio.StreamWriter) -> socket.socket:
    """The connection itself, by a descriptor of our own: asyncio keeps its own wrapped."""
    wrapped = writer.get_extra_info("socket")
    return socket.socket(fileno=os.dup(wrapped.fileno()))


def _failure(error: RemitError) -> JsonObject:
    return {"ok": False, "error": error.message, "remedy": error.remedy}
