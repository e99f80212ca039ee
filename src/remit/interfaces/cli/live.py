"""Speaking to the supervisors of live runs, each through its own control door."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from remit.codec.control import line_of, read_answer
from remit.errors import RemitError, UsageError
from remit.interfaces.cli.output import print_text
from remit.interfaces.cli.stored import open_ledger
from remit.model.json import Json, JsonObject
from remit.model.state import Phase
from remit.services.queries import find_run
from remit.storage.locate import StateDir, read_state
from remit.system import private_socket
from remit.system.visitor import answer_word

SECONDS = 10.0
MAX_ANSWER = 4 * 1024 * 1024
_DOOR = "control"


class Answering(Protocol):
    """A run that takes answers of people."""

    @property
    def run(self) -> str: ...

    def tell(self, message: JsonObject) -> dict[str, Json]: ...


class NotListening(RemitError):
    """The run is on, and its agent is not: before it starts, or while the result is checked."""


@dataclass(frozen=True, slots=True)
class LiveRun:
    """A run whose supervisor lives, and where it listens."""

    run: str
    door: Path

    def tell(self, message: JsonObject) -> dict[str, Json]:
        """What the supervisor answers; RemitError where it refuses, or does not answer."""
        answer = self._asked(line_of(message))
        if answer.get("ok") is not True:
            raise RemitError(str(answer.get("error") or "refused"), str(answer.get("remedy") or ""))
        return answer

    def _asked(self, line: bytes) -> dict[str, Json]:
        remedy = f"see how it stands: remit show {self.run}"
        try:
            with private_socket.connect(self.door, SECONDS) as connection:
                received = _line(connection)
                if not received.startswith(b"{"):  # a greeting: it would hear us
                    connection.sendall(answer_word(received) + line)
                    received = _line(connection)
            return read_answer(received)
        except TimeoutError:
            message = f"the supervisor of run {self.run} did not answer in {SECONDS:.0f} seconds"
            raise RemitError(message, remedy) from None
        except (FileNotFoundError, ConnectionRefusedError):
            raise NotListening(
                f"no agent of run {self.run} is at work now, so nothing waits for an answer", remedy
            ) from None
        except (OSError, ValueError):
            raise RemitError(f"run {self.run} takes no answers now", remedy) from None


def _line(connection: socket.socket) -> bytes:
    received = b""
    while not received.endswith(b"\n") and len(received) < MAX_ANSWER:
        chunk = connection.recv(65536)
        if not chunk:
            break
        received += chunk
    return received


def open_runs(named: str = "") -> tuple[Answering, ...]:
    """The runs whose supervisor lives, and those that are parked; of one run where ``named`` says
    which. UsageError where that one is over."""
    state = read_state(os.environ)
    with open_ledger(state) as ledger:
        if ledger is None:
            return ()
        leases = [str(lease.run) for lease in ledger.leases() if ledger.is_live(lease)]
        parked = [str(run.run) for run in ledger.runs() if run.phase == Phase.PARKED]
        if named:
            run = str(find_run(ledger, named).run)
            if run not in (*leases, *parked):
                raise UsageError(f"run {run} is over", f"see how it ended: remit show {run}")
            leases, parked = [one for one in leases if one == run], [run] * (run in parked)
    left = tuple(_parked(run) for run in parked if run not in leases)
    return (*(_live(state, run) for run in leases), *left)


def run_of(subject: str) -> Answering:
    """The open run that the request or grant named ``subject`` belongs to."""
    letters = subject.partition("-")[0]
    found = [live for live in open_runs() if len(letters) == 4 and live.run.endswith(letters)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{subject!a} could belong to {len(found)} runs", "end one of them first")
    message = f"no run that is on has {subject!a}: with its run, a request is over"
    raise UsageError(message, "list what is open: remit requests")


def print_next(answer: Mapping[str, Json]) -> None:
    """How a parked run goes on, where that was answered."""
    if run := answer.get("parked"):
        print_text(f"next: remit resume {run}")


def _parked(run: str) -> Answering:
    from remit.interfaces.cli.parked import ParkedRun  # loads what carries answers out

    return ParkedRun(run)


def _live(state: StateDir, run: str) -> LiveRun:
    return LiveRun(run, state.run(run) / _DOOR)
