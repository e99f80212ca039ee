"""The smallest lines that would let interrupted work through."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from remit.model.contract import Contract
from remit.policy.covers import command_covers
from remit.policy.matching import get_patterns
from remit.services.backtest.findings import Findings, listed
from remit.services.backtest.needs import Line, Need, Needs

MOST_ITEMS = 12
"""Items added to one list: more is another contract, not a wider one."""
FAMILY = 4
"""Files of one folder, or spellings of one command, from which one item stands for them all."""
_ARGUMENT = re.compile(r"^-|[/.=:'\"$\d]")


def items_for(findings: Findings) -> dict[Need, tuple[Need, ...]]:
    """The items to add, and the needs that each of them answers. The most wanted come first."""
    wanted = _counted(findings.wishes + findings.beyond)
    found: dict[Need, tuple[Need, ...]] = {}
    for line in Line:
        needs = [need for need in wanted if need.line is line]
        groups = _groups(line, [need.item for need in needs])
        ranked = sorted(groups, key=lambda item: -sum(wanted[Need(line, n)] for n in groups[item]))
        for item in ranked[:MOST_ITEMS]:
            found[Need(line, item)] = tuple(Need(line, one) for one in groups[item])
    return found


def covered(needs: Needs, contract: Contract) -> bool:
    """Whether ``contract`` lists what ``needs`` ask for."""
    return bool(needs) and all(_lists(contract, need) for need in needs)


def _lists(contract: Contract, need: Need) -> bool:
    items = listed(contract, need.line)
    match need.line:
        case Line.EDIT | Line.READ:
            return get_patterns(items).matches(need.item)
        case Line.FREE:
            return any(command_covers(item, need.item) for item in items)
    return need.item in items


def _counted(wishes: Mapping[Needs, int]) -> Counter[Need]:
    counted: Counter[Need] = Counter()
    for needs, calls in wishes.items():
        for need in needs:
            counted[need] += calls
    return counted


def _groups(line: Line, items: list[str]) -> dict[str, list[str]]:
    match line:
        case Line.EDIT | Line.READ:
            return _together(items, _folder)
        case Line.FREE:
            return _together(items, _prefix)
    return {item: [item] for item in items}


def _together(items: Iterable[str], family: Callable[[str], str]) -> dict[str, list[str]]:
    """Items by what stands for them: their family where it is large enough, or each for itself."""
    families: dict[str, list[str]] = {}
    for item in items:
        families.setdefault(family(item) or item, []).append(item)
    found: dict[str, list[str]] = {}
    for name, members in families.items():
        if len(members) >= FAMILY:
            found[name] = members
        else:
            found |= {member: [member] for member in members}
    return found


def _folder(path: str) -> str:
    folder = posixpath.dirname(path)
    return f"{folder}/**" if folder else ""


def _prefix(line: str) -> str:
    """The words before the first that is an argument; ``""`` where only the program is left."""
    words = line.split()
    plain = next((at for at, word in enumerate(words[1:], 1) if _ARGUMENT.search(word)), len(words))
    return " ".join(words[:plain]) if plain > 1 else ""
