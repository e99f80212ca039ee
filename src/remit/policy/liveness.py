"""What the probes of a layer say about it together."""

from __future__ import annotations

from collections.abc import Sequence

from remit.model.diagnosis import PROMISED, Liveness, Probe, Proof


def proof_of(
    layer: str, declared: Liveness, note: str, probes: Sequence[Probe], unsaid: str = ""
) -> Proof:
    """The proof of ``layer``. A layer that is declared off stays off, whatever was seen; one that
    is declared live must show it: a known-bad probe and an honest twin at the least. ``unsaid``
    says why a probe came to no answer."""
    promised = layer in PROMISED or declared is Liveness.LIVE
    if declared is not Liveness.LIVE:
        return Proof(layer, promised, declared, note, tuple(probes))
    bad = [probe for probe in probes if not probe.twin]
    twins = [probe for probe in probes if probe.twin]
    return Proof(layer, promised, _state(bad, twins, unsaid), unsaid or note, tuple(probes))


def _state(bad: Sequence[Probe], twins: Sequence[Probe], unsaid: str) -> Liveness:
    if not all(probe.good for probe in bad):
        return Liveness.BROKEN
    if unsaid or not bad or not twins:
        return Liveness.UNKNOWN
    return Liveness.LIVE if all(probe.good for probe in twins) else Liveness.TOO_TIGHT
