"""What changed, against the frozen contract: recomputed from git, never read from the packet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from remit.model.grant import ItemKind
from remit.model.packet import Asked, Packet
from remit.model.tree import Change, NodeKind
from remit.model.untrusted import well_formed
from remit.model.verdict import Finding, Severity
from remit.policy.gate.facts import ChangedFile, GateInput
from remit.policy.matching import get_patterns
from remit.policy.zones import zone_of

LARGE_LINES = 2_000


def _files(given: GateInput) -> tuple[ChangedFile, ...]:
    return given.git.files if given.git else ()


def outside_scope(given: GateInput) -> tuple[ChangedFile, ...]:
    """The files of the commit that neither the contract nor a person let change."""
    scope, granted = get_patterns(given.packet.contract.scope.edit), granted_writes(given.packet)
    return tuple(
        file for file in _files(given) if not scope.matches(file.path) and file.path not in granted
    )


def granted_writes(packet: Packet) -> Mapping[str, Asked]:
    """The paths that people granted to be written, each with what was asked and answered."""
    return {
        asked.subject.text: asked
        for asked in packet.asked
        if asked.outcome == "granted" and asked.kind == ItemKind.WRITE
    }


def granted(given: GateInput) -> Iterator[Finding]:
    known = granted_writes(given.packet)
    for file in _files(given):
        if asked := known.get(file.path):
            message = f"outside the contract's edit scope, granted by {asked.by.text}"
            yield Finding("scope.granted", Severity.NOTE, message, well_formed(file.path))


def outside(given: GateInput) -> Iterator[Finding]:
    for file in outside_scope(given):
        yield Finding(
            "scope.outside",
            Severity.BLOCK,
            "changed outside the contract's edit scope",
            well_formed(file.path),
            "undo this change, or run again under a contract that names the path",
        )


def zones(given: GateInput) -> Iterator[Finding]:
    stop = given.packet.contract.stop
    for file in _files(given):
        zone = zone_of(file.path, stop)
        if zone and zone not in stop.allow_zones:
            yield Finding(
                "scope.zone",
                Severity.BLOCK,
                f"lies in the sensitive zone {zone}, which the contract did not open by name",
                well_formed(file.path),
                "undo this change, or open the zone by name in a new contract",
            )


def secrets(given: GateInput) -> Iterator[Finding]:
    for leak in given.git.leaks if given.git else ():
        yield Finding(
            "diff.secret",
            Severity.BLOCK,
            f"an added line holds what looks like a credential {leak.mark}",
            well_formed(leak.path),
            "remove it and revoke the credential",
        )


def unscanned(given: GateInput) -> Iterator[Finding]:
    if given.git and not given.git.scanned:
        message = "the change is too large to be searched for credentials"
        yield Finding("diff.unscanned", Severity.UNSURE, message, "", "split the change")


def unusual(given: GateInput) -> Iterator[Finding]:
    for file in _files(given):
        for rule, message in _oddities(file):
            yield Finding(rule, Severity.NOTE, message, well_formed(file.path))


def _oddities(file: ChangedFile) -> Iterator[tuple[str, str]]:
    if file.change is Change.MODE:
        yield "diff.mode", "its permissions changed"
    if file.change is Change.KIND and file.before:
        yield "diff.kind", f"was a {file.before.value} and is a {file.kind.value} now"
    if file.kind is NodeKind.LINK:
        yield "diff.link", "is a symbolic link"
    if file.kind is NodeKind.DIRECTORY:
        yield "diff.submodule", "is a nested repository: its content is not in this diff"
    if file.added is None or file.removed is None:
        yield "diff.binary", "is binary: nobody can read this change"
    lines = (file.added or 0) + (file.removed or 0)
    if lines > LARGE_LINES:
        yield "diff.large", f"has {lines:,} changed lines"


RULES = (outside, granted, zones, secrets, unscanned, unusual)
