"""One agent process under watch, from its start to the last of its descendants."""

from __future__ import annotations

import asyncio
import math
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from remit.errors import LedgerUnavailable
from remit.model import events as e
from remit.model.limits import DEADLINE, TIME, Limit
from remit.policy.budget_lines import cap_of
from remit.services.authorize import Authority
from remit.system.process import AgentProcess, Ended, kill_ladder

_LOOK_S = 0.2
_LOOK_AGAIN_S = 2.0
"""The loop's own clock stands still while the machine is suspended."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the supervisor waits, in seconds."""

    heartbeat_s: float = 30.0
    """From the start of the client to its first hook."""
    closing_s: float = 60.0
    """From a stop to the end of the closing note."""
    held_after_stop: int = 5
    """Held calls after a stop before the agent is ended."""
    leaving_s: float = 10.0
    """From a pause to the end of a client that was told to end."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """What a session cannot see by itself, in seconds."""

    before_s: float
    """The agent's own time in earlier stays."""
    held_s: Callable[[], float]
    """How long calls were held for a person: that is not the agent's time."""
    overall_s: Callable[[], float]
    """Since the run was opened, whoever was waited for."""


class Session:
    """Watches one process. Every way it can end sets ``_over`` once."""

    def __init__(
        self,
        authority: Authority,
        process: AgentProcess,
        patience: Patience,
        clocks: Clocks,
    ) -> None:
        self._authority = authority
        self._clocks = clocks
        self._process = process
        self._patience = patience
        self._over = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._timers: list[asyncio.TimerHandle] = []
        self._began = self._loop.time()

    @property
    def spent_s(self) -> float:
        """How much of the time box was used since the start of this client."""
        return self._loop.time() - self._began - self._clocks.held_s()

    async def watch(self) -> Ended:
        """Wait until the agent is gone, or end it; leaves no descendant alive."""
        self._authority.stops.on_stop = self._stopped
        self._authority.on_pause = self._paused
        with self._signals():
            self._look_at_time()
            self._after(self._patience.heartbeat_s, self._no_heartbeat)
            leaving = asyncio.ensure_future(self._process.exited())
            over = asyncio.ensure_future(self._over.wait())
            await asyncio.wait({leaving, over}, return_when=asyncio.FIRST_COMPLETED)
            over.cancel()
            for timer in self._timers:
                timer.cancel()
            # The ladder waits in a thread, so that the client's last hooks are still answered.
            ended = await asyncio.to_thread(kill_ladder, self._process)
            await leaving
        self._process.close()
        return ended

    def _after(self, seconds: float, then: Callable[[], None]) -> None:
        self._timers = [timer for timer in self._timers if timer.when() > self._loop.time()]
        self._timers.append(self._loop.call_later(seconds, then))

    def _look_at_time(self) -> None:
        own, overall = self._clocks.before_s + self.spent_s, self._clocks.overall_s()
        self._warn({TIME.name: int(own), DEADLINE.name: int(overall)})
        left = min(self._left(TIME, own), self._left(DEADLINE, overall))
        if left > 0:
            self._after(min(max(left, _LOOK_S), _LOOK_AGAIN_S), self._look_at_time)
        elif self._left(TIME, own) <= 0:
            self.stop_now(e.StopTrigger.TIME, "the time box of the contract is used up")
        else:
            self.stop_now(e.StopTrigger.TIME, "the deadline of the contract is past")

    def _left(self, limit: Limit, used_s: float) -> float:
        state = self._authority.recorder.state
        assert state.contract is not None
        cap = cap_of(limit, state.contract.budget, state.extended)
        return math.inf if cap is None else cap - used_s

    def _warn(self, used_s: dict[str, int]) -> None:
        if self._authority.warnings.look(used_s):
            try:
                self._authority.commit()
            except LedgerUnavailable as failure:
                self._authority.unrecorded(failure)

    def _paused(self) -> None:
        """The client was told to end; one that does not is ended, and goes on all the same."""
        self._after(self._patience.leaving_s, self._over.set)

    def _no_heartbeat(self) -> None:
        if not self._authority.recorder.state.heartbeat:
            message = "the client sent no hook, so nothing would hold it"
            self.stop_now(e.StopTrigger.NOT_GOVERNED, message)

    def _killed(self) -> None:
        self.stop_now(e.StopTrigger.KILLED, "a person ended the run")

    def stop_now(self, trigger: e.StopTrigger, message: str) -> None:
        """Stop the run and the process, even where the ledger cannot take the stop."""
        self._over.set()
        self._authority.stop(trigger, message, ())
        try:
            self._authority.commit()
        except LedgerUnavailable:
            return  # the end of the run is recorded from the reserve

    def _stopped(self, stopped: e.RunStopped) -> None:
        """The run stopped by itself: let the agent write its closing note, but not for ever."""
        self._after(self._patience.closing_s, self._over.set)
        self._after(0.5, self._look_at_held)

    def _look_at_held(self) -> None:
        if self._authority.held_after_stop > self._patience.held_after_stop:
            self._over.set()
        else:
            self._after(0.5, self._look_at_held)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Ctrl-C and ``remit kill`` end the run in order instead of killing its supervisor."""
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        for number in numbers:
            self._loop.add_signal_handler(number, self._killed)
        try:
            yield
        finally:
            for number in numbers:
                self._loop.remove_signal_handler(number)
