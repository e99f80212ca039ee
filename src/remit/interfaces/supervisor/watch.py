"""The comparison of the tree together with the times in which the agent was active."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from remit.model.events import TreeCompared
from remit.services.observe import Comparison
from remit.system.children import only_child
from remit.system.process import AgentProcess


@dataclass(slots=True)
class Watch:
    """Tells the comparison when calls begin and end. Until the process is known, and wherever it
    has other descendants, a change counts as the agent's."""

    comparison: Comparison
    now_us: Callable[[], int]
    process: AgentProcess | None = None

    def compare(self) -> TreeCompared:
        return self.comparison.compare()

    def began(self) -> None:
        self.comparison.activity.began(self.now_us() * 1000)

    def ended(self) -> None:
        process = self.process
        alone = process is not None and only_child(process.guardian, process.pid)
        self.comparison.activity.ended(self.now_us() * 1000, descendants_alive=not alone)
