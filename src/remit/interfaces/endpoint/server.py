"""Serves a run's hooks, and takes its client's telemetry. Answers to hooks leave only when their
entries are durable.

Signals that arrive in one turn of the event loop are decided one after another and made
durable in one commit; that is what keeps eight parallel hooks as fast as one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from remit.errors import LedgerUnavailable
from remit.interfaces.endpoint.doors import HOOK_PATH, TELEMETRY_PATH, Doors
from remit.interfaces.endpoint.protocol import REQUEST_SECONDS, Door, HookProtocol, Reply, Routes
from remit.model.answer import Answer, Refuse, Wait
from remit.model.ids import CallId
from remit.model.signals import Signal
from remit.services.authorize import Authority
from remit.services.claims import Claims


@dataclass(frozen=True, slots=True)
class Voice:
    """How a client speaks: its payloads in, our answers out."""

    normalize: Callable[[bytes], Signal]
    answer: Callable[[Signal, Answer], bytes]


_Waiting = tuple[Reply, Signal, Answer]
_Held = tuple[Reply, Signal, asyncio.TimerHandle]


class Endpoint:
    """The server behind the :class:`Doors` of one run."""

    def __init__(self, authority: Authority, voice: Voice, claims: Claims) -> None:
        self._authority = authority
        self._claims = claims
        self._voice = voice
        self._waiting: list[_Waiting] = []
        self._held: dict[CallId, _Held] = {}
        self._servers: list[asyncio.Server] = []
        self._held_s = 0.0
        self._held_since: float | None = None

    @property
    def held_s(self) -> float:
        """How long calls were held for a person, in seconds: time the agent could not use."""
        if self._held_since is None:
            return self._held_s
        return self._held_s + asyncio.get_running_loop().time() - self._held_since

    async def serve(self, doors: Doors) -> None:
        """Answer what knocks, and what knocked since the doors were opened."""
        loop = asyncio.get_running_loop()
        token = doors.token.encode()
        answer_s = REQUEST_SECONDS + self._authority.approvals.wait_s
        by_port, by_path = Door(token, doors.hosts, answer_s), Door(token, None, answer_s)
        self._authority.approvals.on_answer = self._soon_release
        hooks: Routes = {HOOK_PATH: self._take}
        routes: Routes = {**hooks, TELEMETRY_PATH: self._hear}
        tcp = [
            await loop.create_server(lambda: HookProtocol(routes, by_port), sock=door)
            for door in (doors.tcp, *doors.inner)
        ]
        unix = await loop.create_unix_server(lambda: HookProtocol(hooks, by_path), sock=doors.unix)
        self._servers = [*tcp, unix]

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
        self._servers = []
        for _, _, timer in self._held.values():
            timer.cancel()
        self._held = {}
        await asyncio.sleep(0)

    def _take(self, body: bytes, reply: Reply) -> None:
        """Decide one payload; its reply waits for the commit of this turn of the loop."""
        signal = self._voice.normalize(body)
        self._answer(reply, signal, self._decide(signal))

    def _hear(self, body: bytes, reply: Reply) -> None:
        """Keep what the client's telemetry tells; whatever is in it, the answer says nothing."""
        try:
            self._claims.hear(body)
        except ValueError as fault:
            reply(400, f"{fault}\n".encode())
            return
        reply(200, b"{}")

    def _answer(self, reply: Reply, signal: Signal, answer: Answer) -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._flush)
        self._waiting.append((reply, signal, answer))

    def _hold(self, reply: Reply, signal: Signal, wait: Wait) -> None:
        """Keep the client waiting until there is an answer, or for as long as may be waited."""
        loop, call = asyncio.get_running_loop(), wait.call
        seconds = self._authority.approvals.wait_s if wait.seconds is None else wait.seconds
        timer = loop.call_later(seconds, self._lapse, call)
        if not self._held:
            self._held_since = loop.time()
        self._held[call] = reply, signal, timer
        loop.call_soon(self._release)

    def _soon_release(self) -> None:
        asyncio.get_running_loop().call_soon(self._release)

    def _release(self) -> None:
        """Answer the held calls that can be decided now."""
        for call in tuple(self._held):
            self._settle(call, self._authority.answered)

    def _lapse(self, call: CallId) -> None:
        self._settle(call, self._authority.lapsed)

    def _settle(self, call: CallId, decide: Callable[[CallId], Answer | None]) -> None:
        reply, signal, timer = self._held[call]
        try:
            answer = decide(call)
        except Exception as error:  # noqa: BLE001 - a failure on this path means "no"
            answer = self._authority.failed(signal, error)
        if answer is not None:
            timer.cancel()
            del self._held[call]
            if not self._held:
                self._held_s, self._held_since = self.held_s, None
            self._answer(reply, signal, answer)

    def _decide(self, signal: Signal) -> Answer:
        try:
            return self._authority.take(signal)
        except Exception as error:  # noqa: BLE001 - a failure on this path means "no"
            return self._authority.failed(signal, error)

    def _unrecorded(self, waiting: list[_Waiting], failure: LedgerUnavailable) -> list[_Waiting]:
        """Stop the run, and refuse everything that waited for this commit."""
        self._authority.unrecorded(failure)
        refused = Refuse(f"Remit could not record this, so it may not happen: {failure.message}")
        return [(reply, signal, refused) for reply, signal, _ in waiting]

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        try:
            self._authority.commit()
        except LedgerUnavailable as failure:
            waiting = self._unrecorded(waiting, failure)
        except Exception as error:  # noqa: BLE001 - a failure on this path means "no"
            defect = LedgerUnavailable(f"{type(error).__name__}: {error}", "report this")
            waiting = self._unrecorded(waiting, defect)
        for reply, signal, answer in waiting:
            if isinstance(answer, Wait):
                self._hold(reply, signal, answer)
                continue
            reply(200, self._voice.answer(signal, answer))
