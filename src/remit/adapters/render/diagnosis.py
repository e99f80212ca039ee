"""What ``remit doctor`` found, as lines for a terminal and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

import click

from remit.adapters.render.escape import json_text, terminal
from remit.model.diagnosis import Diagnosis, Door, Gap, Liveness, Probe, Proof
from remit.model.json import Json, JsonObject

_WIDTH = 96
_COLOURS = {
    Liveness.LIVE: "green",
    Liveness.OFF: "yellow",
    Liveness.BROKEN: "red",
    Liveness.TOO_TIGHT: "red",
    Liveness.UNKNOWN: "yellow",
}


def headline(found: Diagnosis) -> str:
    """One sentence: what holds, or what does not."""
    off = [p.layer for p in found.proofs if p.state is Liveness.OFF and not p.promised]
    beside = f"; not in this run: {', '.join(off)}" if off else ""
    if not found.lacking:
        live = ", ".join(p.layer for p in found.proofs if p.state is Liveness.LIVE)
        return f"enforcing: {live}{beside}"
    missing = ", ".join(f"{p.layer} is {p.state}" for p in found.lacking)
    if found.unproven:
        return f"cannot say: {missing}{beside}"
    return f"NOT enforcing: {missing}{beside}"


def diagnosis_lines(found: Diagnosis) -> Iterator[str]:
    """The account, the headline first."""
    yield click.style(headline(found), bold=True)
    yield f"tried with {terminal(found.agent)}; the kernel confines by: {found.means}"
    yield ""
    for proof in found.proofs:
        yield from _proof_lines(proof)
    if found.gaps:
        yield ""
        yield click.style("What is missing, and what mends it", bold=True)
        for gap in found.gaps:
            yield from _wrapped(gap.what, "  ")
            yield from (f"    {terminal(line)}" for line in gap.fix.splitlines())
    yield ""
    if found.doors:
        yield click.style("Doors that stay open to a program of the agent", bold=True)
        for door in found.doors:
            yield from _wrapped(f"{door.what}: {door.where}", "  ")
            yield from _wrapped(door.fix, "    ")
    else:
        yield "No open door was found among those that were tried."


def _proof_lines(proof: Proof) -> Iterator[str]:
    state = click.style(f"{proof.state.value:<10}", fg=_COLOURS[proof.state])
    yield f"{proof.layer:<11}{state}{terminal(proof.note)}".rstrip()
    for probe in proof.probes:
        mark = "·" if probe.good else click.style("✕", fg="red")
        twin = " (honest twin)" if probe.twin else ""
        yield from _wrapped(f"{terminal(probe.what)}{twin}: {terminal(probe.seen)}", f"    {mark} ")


def _wrapped(text: str, before: str) -> list[str]:
    indent = " " * len(click.unstyle(before))
    return textwrap.wrap(
        terminal(text), _WIDTH, initial_indent=before, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def diagnosis_json(found: Diagnosis) -> JsonObject:
    """``{"enforcing", "headline", "agent", "means", "layers": […], "gaps": […], "doors": […]}``."""
    return {
        "enforcing": not found.lacking,
        "headline": json_text(headline(found)),
        "agent": json_text(found.agent),
        "means": found.means,
        "layers": [_proof_json(proof) for proof in found.proofs],
        "gaps": [_gap_json(gap) for gap in found.gaps],
        "doors": [_door_json(door) for door in found.doors],
    }


def _proof_json(proof: Proof) -> dict[str, Json]:
    return {
        "layer": proof.layer,
        "state": proof.state.value,
        "promised": proof.promised,
        "note": json_text(proof.note),
        "probes": [_probe_json(probe) for probe in proof.probes],
    }


def _probe_json(probe: Probe) -> dict[str, Json]:
    told = {"probe": json_text(probe.what), "seen": json_text(probe.seen)}
    return {**told, "as_it_must": probe.good, "twin": probe.twin}


def _gap_json(gap: Gap) -> dict[str, Json]:
    return {"gap": json_text(gap.what), "fix": json_text(gap.fix)}


def _door_json(door: Door) -> dict[str, Json]:
    told = {"door": json_text(door.what), "where": json_text(door.where)}
    return {**told, "fix": json_text(door.fix)}
