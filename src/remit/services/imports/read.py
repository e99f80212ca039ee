"""Reading what another tool goes by, and drafting from it."""

from __future__ import annotations

from remit.model.imports import Imported, Source
from remit.services.imports.claude import import_claude
from remit.services.imports.places import Look, read_claude


def import_rules(source: Source, look: Look) -> Imported:
    """What became of every rule of ``source`` that ``look`` finds. Raises UsageError where there
    is nothing, InvalidDocument where a file does not hold."""
    return import_claude(read_claude(look))
