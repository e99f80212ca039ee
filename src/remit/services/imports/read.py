"""Reading what another tool goes by, and drafting from it."""

from __future__ import annotations

from remit.model.imports import Imported, Source
from remit.services.imports.claude import import_claude
from remit.services.imports.dcg import import_dcg
from remit.services.imports.places import Look, read_claude, read_dcg, read_safety_net
from remit.services.imports.safety_net import import_safety_net


def import_rules(source: Source, look: Look) -> Imported:
    """What became of every rule of ``source`` that ``look`` finds. Raises UsageError where there
    is nothing, InvalidDocument where a file does not hold."""
    match source:
        case Source.CLAUDE_SETTINGS:
            return import_claude(read_claude(look))
        case Source.DCG:
            return import_dcg(read_dcg(look))
        case Source.SAFETY_NET:
            return import_safety_net(read_safety_net(look))
