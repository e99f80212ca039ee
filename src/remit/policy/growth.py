"""What a contract permits as single permissions, and which of them earlier contracts did not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from remit.model.contract import Budget, Contract
from remit.model.drift import Permission
from remit.model.limits import LIMITS
from remit.policy.covers import command_covers, host_covers, path_covers, same

_COVERS: dict[str, Callable[[str, str], bool]] = {
    "scope.edit": path_covers,
    "scope.read": path_covers,
    "commands.free": command_covers,
    "network.hosts": host_covers,
}


def covers(wide: Permission, narrow: Permission) -> bool:
    """Whether ``wide`` permits whatever ``narrow`` does."""
    test = _COVERS.get(wide.line, same)
    return wide.line == narrow.line and test(wide.item, narrow.item)


def permissions(contract: Contract) -> Iterator[Permission]:
    """What ``contract`` permits by its lists."""
    for server in contract.mcp:
        start = " ".join(server.command) or server.url
        yield Permission("mcp.server", f"{server.name}: {start}")
        yield from (Permission("mcp.tools", f"{server.name}.{tool}") for tool in server.tools)
        yield from (Permission("mcp.writes", f"{server.name}.{tool}") for tool in server.writes)
        yield from (Permission("mcp.env", f"{server.name}.{name}") for name in server.env)
    for line, items in (
        ("scope.edit", contract.scope.edit),
        ("scope.read", contract.scope.read),
        ("commands.free", contract.commands.free),
        ("tools.allow", contract.tools.allow),
        ("network.hosts", contract.hosts),
        ("environment", contract.environment),
        ("stop.allow_zones", contract.stop.allow_zones),
    ):
        yield from (Permission(line, item) for item in items if not item.startswith("!"))


def prohibitions(contract: Contract) -> frozenset[Permission]:
    """What ``contract`` forbids, or leaves to a person, by its lists."""
    scope = (*contract.scope.edit, *contract.scope.read)
    lists = (
        ("scope", tuple(item for item in scope if item.startswith("!"))),
        ("commands.never", contract.commands.never),
        ("commands.ask", contract.commands.ask),
        ("commands.exact", ("true",) if contract.commands.exact else ()),
        ("tools.deny", contract.tools.deny),
        ("stop.zones", contract.stop.zones),
        ("stop.paths", contract.stop.paths),
    )
    return frozenset(Permission(line, item) for line, items in lists for item in items)


NO_LIMIT = "no limit"


@dataclass(slots=True)
class Permitted:
    """Everything that earlier contracts permitted, and what all of them forbade."""

    lists: dict[Permission, None] = field(default_factory=dict)
    forbidden: frozenset[Permission] | None = None
    amounts: dict[str, int | None] = field(default_factory=dict)

    def permits(self, wanted: Permission) -> bool:
        return wanted in self.lists or any(covers(known, wanted) for known in self.lists)

    def grow(self, contract: Contract) -> tuple[Permission, ...]:
        """Take ``contract`` in; what it permits that none before it did."""
        fresh = [one for one in permissions(contract) if not self.permits(one)]
        self.lists |= dict.fromkeys(fresh)
        now = prohibitions(contract)
        before = now if self.forbidden is None else self.forbidden
        self.forbidden = before & now
        lifted = sorted(before - now, key=lambda one: one.key)
        raised = tuple(self._raised(contract.budget))
        return (*fresh, *(Permission(f"no more {x.line}", x.item) for x in lifted), *raised)

    def _raised(self, budget: Budget) -> Iterator[Permission]:
        for limit in LIMITS:
            line, now = f"budget.{limit.name}", limit.of(budget)
            top = self.amounts.setdefault(line, now)
            if top is not None and (now is None or now > top):
                self.amounts[line] = now
                yield Permission(line, NO_LIMIT if now is None else limit.spelled(now))
