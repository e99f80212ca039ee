"""Which layers hold a run on this machine, strongest claim first."""

from __future__ import annotations

from collections.abc import Sequence

from remit.model.claimed_events import LAG_S
from remit.model.events import Layer, LayerState
from remit.model.route import ModelRoute
from remit.system.confine.ability import Ability
from remit.system.confine.plan import Means

_HOOK = Layer("hook", LayerState.LIVE, "every tool call of the client is decided before it runs")
_COMPARISON = Layer(
    "comparison", LayerState.LIVE, "the tree is compared after each batch and at the end"
)
CLAIMED = (
    f"counted from the client's own telemetry and records, behind by up to {LAG_S} s; overshoot of "
    "one or more answers possible"
)
"""What holds spend and tokens where no meter is."""
_UNMETERED = f"advisory: the client speaks to its provider by itself; spend is {CLAIMED}"
_NO_MODEL = "no way to a model is known: the hook stream is unconfirmed"
_METERED = "requests to the model are paid for in advance, and confirm the hook stream"
_LIST_PRICES = "at list prices, which are not what a subscription is billed by"
_UNHELD = "advisory: programs that ignore the proxy variables still get out"
_PARTLY = "advisory: only TCP to the ports of the way out leaves; sockets of services are open"
_BY_ITSELF = "advisory: the client signs in to its provider by itself and needs the network"
_HELD = "everything leaves by the way out of the run, to the hosts of the contract"


def layers_of(ability: Ability, route: ModelRoute | None = None) -> tuple[Layer, ...]:
    """The layers of a run; shown before its start and kept in its record. ``route`` is the
    agent's way to its model, as far as it is known."""
    return (_HOOK, _COMPARISON, _kernel(ability), _meter(route), _egress(ability, route))


def needs_network(route: ModelRoute | None) -> bool:
    """Whether the client speaks to its provider by itself, past the way out."""
    return route is not None and not route.base


def _meter(route: ModelRoute | None) -> Layer:
    if route is None:
        return Layer("meter", LayerState.OFF, _NO_MODEL)
    if needs_network(route):
        return Layer("meter", LayerState.OFF, _UNMETERED)
    by_key = bool(route.credentials)
    note = _METERED if by_key else f"{_METERED}; {_LIST_PRICES}"
    return Layer("meter", LayerState.LIVE, note)


def _egress(ability: Ability, route: ModelRoute | None) -> Layer:
    if needs_network(route):
        return Layer("egress", LayerState.OFF, _BY_ITSELF)
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


def at_list_prices(layers: Sequence[Layer]) -> bool:
    """Whether what the meter counts in money is a list-price equivalent, by its declared note."""
    return any(one.name == "meter" and _LIST_PRICES in one.note for one in layers)
