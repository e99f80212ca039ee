"""Which layers hold a run on this machine, strongest claim first."""

from __future__ import annotations

from remit.model.events import Layer, LayerState
from remit.system.confine.ability import Ability
from remit.system.confine.plan import Means

_HOOK = Layer("hook", LayerState.LIVE, "every tool call of the client is decided before it runs")
_COMPARISON = Layer(
    "comparison", LayerState.LIVE, "the tree is compared after each batch and at the end"
)
_METER = Layer(
    "meter", LayerState.OFF, "model traffic is not metered: the hook stream is unconfirmed"
)
_UNHELD = "advisory: programs that ignore the proxy variables still get out"
_PARTLY = "advisory: TCP is held but for the ports of the way out, UDP is not"
_HELD = "everything leaves by the way out of the run, to the hosts of the contract"


def layers_of(ability: Ability) -> tuple[Layer, ...]:
    """The layers of a run; shown before its start and kept in its record."""
    return (_HOOK, _COMPARISON, _kernel(ability), _METER, _egress(ability))


def _egress(ability: Ability) -> Layer:
    match ability.means:
        case Means.NAMESPACES:
            return Layer("egress", LayerState.LIVE, _HELD)
        case Means.LANDLOCK:
            return Layer("egress", LayerState.OFF, _PARTLY)
        case Means.NONE:
            return Layer("egress", LayerState.OFF, _UNHELD)


def _kernel(ability: Ability) -> Layer:
    match ability.means:
        case Means.NAMESPACES:
            note = "own mounts, processes and Landlock: writes only where the contract allows"
            return Layer("kernel", LayerState.LIVE, note)
        case Means.LANDLOCK:
            note = "Landlock alone: writes only where the contract allows, modes are not held"
            return Layer("kernel", LayerState.LIVE, f"{note} ({ability.missing})")
        case Means.NONE:
            return Layer("kernel", LayerState.OFF, f"no confinement here ({ability.missing})")
