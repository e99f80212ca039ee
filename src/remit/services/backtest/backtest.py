"""Back-tests a contract: every recorded session again, decided as a run under it would be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from remit.model.backtest import BacktestReport
from remit.model.contract import Contract
from remit.model.digest import Digest
from remit.model.prices import PriceTable
from remit.model.scan import FilesSeen
from remit.model.transcript import Oddities
from remit.model.untrusted import Untrusted
from remit.services.backtest.decide import Decider, Normalise
from remit.services.backtest.findings import Findings
from remit.services.backtest.gather import Gathered, gather
from remit.services.backtest.replay import Replay, limits_of
from remit.services.backtest.sessions import Session, grouped, session_from
from remit.services.backtest.suggest import suggest
from remit.services.backtest.tally import Tally
from remit.services.readiness import advisory_lines
from remit.services.scan.find import Found
from remit.services.scan.prices import Pricing


@dataclass(frozen=True, slots=True)
class Proposed:
    """The contract, where it was read from, and its digest."""

    contract: Contract
    source: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class Recorded:
    """The files of past sessions, and which of them count: those of a project whose path holds
    ``project`` that were active on the ISO day ``since`` or later."""

    found: tuple[Found, ...]
    since: str = ""
    project: str = ""


@dataclass(slots=True)
class Backtest:
    """``normalise`` turns recorded calls into ours, by agent."""

    proposed: Proposed
    recorded: Recorded
    prices: PriceTable
    normalise: Mapping[str, Normalise]

    def run(self, progress: Callable[[int], None] = lambda begun: None) -> BacktestReport:
        """The report; ``progress`` is told how many files were begun."""
        contract, pricing = self.proposed.contract, Pricing(self.prices)
        findings, tally, reading = Findings(contract), Tally(), _Reading()
        begun = 0
        for files in grouped(self.recorded.found):
            for _ in files:
                progress(begun)
                begun += 1
            session = self._session(files, reading)
            if session is not None and self._counts(session):
                decider = Decider(contract, session.root, self.normalise[session.agent])
                tally.take(Replay(contract, pricing, findings, decider, session).run())
        progress(begun)
        return self._report(findings, tally, reading)

    def _session(self, files: tuple[Found, ...], reading: _Reading) -> Session | None:
        gathered = [one for one in map(reading.gather, files) if one is not None]
        if not gathered:
            return None
        if gathered[0].transcript.agent not in self.normalise:
            reading.foreign += 1
            return None
        return session_from(gathered, reading.keys, limits_of(self.proposed.contract))

    def _counts(self, session: Session) -> bool:
        there = self.recorded.project.rstrip("/") in session.root
        return bool(session.turns) and there and session.last_day >= self.recorded.since

    def _report(self, findings: Findings, tally: Tally, reading: _Reading) -> BacktestReport:
        contract = self.proposed.contract
        return BacktestReport(
            source=Untrusted(self.proposed.source),
            digest=self.proposed.digest,
            sessions=tuple(tally.sessions),
            used=tally.used,
            fates=dict(tally.fates),
            unclear=dict(tally.unclear),
            questions=sum(one.questions for one in tally.sessions),
            as_written=sum(one.as_written for one in tally.sessions),
            rules=tally.rules(),
            stops=tally.stops(),
            suggestion=suggest(contract, findings, tally.sessions),
            advisory=advisory_lines(contract),
            price_source=self.prices.source,
            price_digest=self.prices.digest,
            unread=reading.seen(self.recorded.found),
            foreign=reading.foreign,
        )


@dataclass(slots=True)
class _Reading:
    """What is read, and what of it could not be. ``keys`` are messages that were counted;
    ``foreign`` are sessions of agents whose calls nobody here can read."""

    keys: set[int] = field(default_factory=set)
    foreign: int = 0
    _unreadable: list[str] = field(default_factory=list)
    _oddities: list[Oddities] = field(default_factory=list)

    def gather(self, found: Found) -> Gathered | None:
        try:
            gathered = gather(found)
        except (OSError, OverflowError):  # numbers nobody's session adds up to
            self._unreadable.append(found.name)
            return None
        self._oddities.append(gathered.transcript.oddities)
        return gathered

    def seen(self, found: tuple[Found, ...]) -> FilesSeen:
        return FilesSeen(
            files=len(found),
            bytes=sum(one.size for one in found),
            unreadable_files=tuple(map(Untrusted, self._unreadable)),
            unreadable_lines=sum(odd.unreadable for odd in self._oddities),
            too_long_lines=sum(odd.too_long for odd in self._oddities),
            cut_files=sum(odd.cut for odd in self._oddities),
        )
