"""The supervisor's own door, for people: requests are listed and answered here.

Not the endpoint: what reaches that comes from the agent and only narrows. Each connection is one
line and one answer; who connects and who speaks is asked of the kernel. That waits in threads of
the door's own, so that nobody who says nothing holds up a hook.
"""

from __future__ import annotations

import asyncio
import pwd
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from remit.codec.control import MAX_LINE, Command, Do, line_of, read_command
from remit.errors import LedgerUnavailable, RemitError, UsageError
from remit.model.grant import Established, Granter
from remit.model.json import Json, JsonObject
from remit.services.approvals import Approvals, Wish
from remit.services.extensions import asked_for
from remit.services.requests import grant_json, request_json
from remit.services.signed_answers import Signed
from remit.system import private_socket
from remit.system.peers import Peer
from remit.system.visitor import hear

SECONDS = 5.0
CONNECTIONS = 16
NAME = "control"
_BREATH_S = 0.1


class ControlDoor:
    """Answers people for one run. ``agent`` is the process the run's processes descend from."""

    def __init__(self, approvals: Approvals, agent: int) -> None:
        self._approvals = approvals
        self._agent = agent
        self._open: set[socket.socket] = set()
        self._meetings: set[asyncio.Future[None]] = set()
        self._listening: socket.socket | None = None
        self._accepting: asyncio.Future[None] | None = None
        self._listeners = ThreadPoolExecutor(CONNECTIONS, "control")

    async def serve(self, folder: Path) -> None:
        self._listening = private_socket.listen(folder / NAME)
        self._listening.setblocking(False)
        self._accepting = asyncio.ensure_future(self._accept(self._listening))

    def stop(self) -> None:
        """Take no more visitors, and let go of those who are there."""
        if self._accepting is not None:
            self._accepting.cancel()
        if self._listening is not None:
            self._listening.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._listeners.shutdown(wait=False, cancel_futures=True)

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(listening)
            except OSError:
                await asyncio.sleep(_BREATH_S)  # no descriptors left: it may pass
                continue
            if len(self._open) >= CONNECTIONS:
                connection.close()
                continue
            self._open.add(connection)
            meeting = asyncio.ensure_future(self._meet(connection))
            self._meetings.add(meeting)
            meeting.add_done_callback(self._meetings.discard)

    async def _meet(self, connection: socket.socket) -> None:
        """One command. A visitor that says nothing, or takes no answer, is dropped."""
        loop = asyncio.get_running_loop()
        try:
            answer = line_of(await self._answer(connection))
            connection.settimeout(SECONDS)
            await loop.run_in_executor(self._listeners, connection.sendall, answer)
        except (TimeoutError, OSError, ValueError, RuntimeError):
            return  # there is nobody to tell: it said nothing, too much, or is gone
        finally:
            self._open.discard(connection)
            connection.close()

    async def _answer(self, connection: socket.socket) -> JsonObject:
        loop = asyncio.get_running_loop()
        given = (connection, self._agent, MAX_LINE, SECONDS)
        try:
            heard = await loop.run_in_executor(self._listeners, hear, *given)
            return {"ok": True, **await self.carry_out(read_command(heard.line), heard.peer)}
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
            Do.MARK: self._mark,
            Do.EXTEND: self._extend,
        }
        granter = await self._signer(command) if command.signature else self._granter(peer)
        return doing[command.do](command, granter)

    async def _signer(self, command: Command) -> Granter:
        """Who signed the command. In a thread: hooks go on being answered meanwhile."""
        if command.do is not Do.GRANT:
            raise UsageError("only a grant is signed", "leave the signature out")
        given = Signed(command.statement, command.signature)
        wish = _wish(command)
        return await asyncio.get_running_loop().run_in_executor(
            self._listeners, self._approvals.signed, command.subject, wish, given
        )

    def _granter(self, peer: Peer) -> Granter:
        programs = " < ".join(peer.programs[:6])
        detail = f"process {peer.identity.pid} ({programs}), outside the run"
        if not self._approvals.keys.hidden:
            detail += ", where an agent could talk a helper program into it"
        return Granter(_user(peer.uid), Established.PEER, detail)

    def _requests(self, command: Command, granter: Granter) -> dict[str, Json]:
        permits, now_us = self._approvals.permits, self._approvals.now_us()
        return {
            "requests": [
                request_json(asked, now_us, self._approvals.smallest(asked.id))
                for asked in permits.waiting.values()
            ],
            "grants": [grant_json(grant) for grant in permits.grants],
            "signers": self._approvals.keys.signers,
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

    def _extend(self, command: Command, granter: Granter) -> dict[str, Json]:
        given = command.subject, command.amount, command.reason, command.evidence
        extended = self._approvals.extend(asked_for(*given, granter))
        return {"limit": extended.limit, "amount": extended.amount, "by": granter.name}

    def _mark(self, command: Command, granter: Granter) -> dict[str, Json]:
        marked = self._approvals.mark(command.subject, command.reason, granter)
        return {"marked": marked.call, "by": granter.name}


def _wish(command: Command) -> Wish:
    assert command.expiry is not None
    return Wish(command.reason, command.expiry, command.evidence, command.shown)


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _failure(error: RemitError) -> JsonObject:
    return {"ok": False, "error": error.message, "remedy": error.remedy}
