"""One connection that leads out of a run, from the first word to its entry."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from time import monotonic_ns

from remit.interfaces.endpoint.message import Refused
from remit.interfaces.endpoint.network import Forbidden, Link
from remit.interfaces.endpoint.relay import Tally
from remit.model.events import ConnectionEnd, EgressConnected
from remit.policy.hosts import Destination


class Connection:
    """``answered`` says that the client got an answer already, so that no other can follow."""

    def __init__(self, place: Destination, way: str, tally: Tally) -> None:
        self.tally = tally
        self.answered = False
        self._place = place
        self._way = way
        self._began_ns = monotonic_ns()
        self._address = ""
        self._link: Link | None = None
        self._end = ConnectionEnd.CLOSED

    async def open(self, opening: Awaitable[Link]) -> Link:
        """Connect; what can go wrong is told by :meth:`faults_told`."""
        self._end = ConnectionEnd.UNREACHABLE
        self._link = await opening
        self._address = self._link.address
        self._end = ConnectionEnd.CLOSED
        return self._link

    @contextmanager
    def faults_told(self) -> Iterator[None]:
        """Turn what goes wrong inside into an end and, where it can still be told, a refusal."""
        try:
            yield
        except Forbidden as forbidden:
            self._end, self._address = ConnectionEnd.REFUSED, forbidden.address
            leads = f" leads to {forbidden.address}" if forbidden.address else ""
            raise Refused(403, f"{self._place}{leads}: {forbidden.why}") from None
        except TimeoutError:
            self._fault(504, f"{self._place} did not answer in time", ConnectionEnd.CUT)
        except OSError as error:
            self._fault(502, f"{self._place} cannot be reached: {error}", ConnectionEnd.CLOSED)
        except Refused as refused:
            self._fault(refused.status, refused.message, ConnectionEnd.CUT)
        except asyncio.CancelledError:
            self._end = ConnectionEnd.CUT
            raise

    def _fault(self, status: int, message: str, end: ConnectionEnd) -> None:
        if self._link is not None:
            self._end = end
        if self.answered or self.tally.received:
            raise ConnectionAbortedError(message)
        raise Refused(status, message)

    def hand_back(self, keep: Callable[[Link], None]) -> None:
        """Give the link to ``keep``, for another request, instead of closing it."""
        if self._link is not None:
            keep(self._link)
            self._link = None

    def close(self) -> None:
        if self._link is not None:
            self._link.writer.close()

    def entry(self) -> EgressConnected:
        """What is recorded of it."""
        return EgressConnected(
            self._place.host,
            self._place.port,
            self._address,
            self._way,
            self.tally.sent,
            self.tally.received,
            (monotonic_ns() - self._began_ns) // 1000,
            self._end,
        )
