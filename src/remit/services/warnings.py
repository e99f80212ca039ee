"""Says once that a limit is near its end: in the record, at the person's terminal, to the agent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from remit.model.answer import Answer, Explain, Proceed
from remit.model.budget_events import BudgetWarned
from remit.model.limits import NAMED, Unit
from remit.model.quantity import round_money
from remit.policy.budget_lines import newly_near
from remit.services.recorder import Recorder


@dataclass(slots=True)
class Warnings:
    """The warnings of one run. ``tell`` shows a line at the person's terminal."""

    recorder: Recorder
    tell: Callable[[str], None] = lambda line: None
    _untold: list[str] = field(default_factory=list)

    def look(self, counted: Mapping[str, int]) -> bool:
        """Stage a warning for each limit that ``counted`` brought past its soft line: what was
        used of it, by its name. Whether there was any."""
        state = self.recorder.state
        if state.contract is None:
            return False
        near = newly_near(state.contract.budget, state.extended, counted, state.warned)
        for warned in near:
            self.recorder.stage(warned)
            words = words_of(warned)
            option = warned.limit.replace("_", "-")
            more = f"remit extend {self.recorder.run} --{option} …"
            self.tell(f"near its limit: {words}; for more: {more}")
            self._untold.append(words)
        return bool(near)

    def with_answer(self, answer: Answer) -> Answer:
        """``answer`` to a finished call, with what the agent was not told yet."""
        if not self._untold or not isinstance(answer, Proceed | Explain):
            return answer
        told = f"Remit: this run has used {', '.join(self._untold)}. At the limit it is held."
        self._untold.clear()
        before = f"{answer.message}\n" if isinstance(answer, Explain) else ""
        return Explain(before + told)


def words_of(warned: BudgetWarned) -> str:
    """For people and the agent: ``8 of 10 tool calls``."""
    limit = NAMED[warned.limit]
    used = limit.spelled(warned.used)
    if limit.unit is Unit.MICRO_USD:
        used = round_money(warned.used)
    return f"{used} of {limit.told(warned.cap)}"
