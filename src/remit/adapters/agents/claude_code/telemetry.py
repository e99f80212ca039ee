"""The client's telemetry: to Remit's own endpoint, unless the user has it go somewhere.

Only events are asked for: each answer is one of them, and what metrics add up is in them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from remit.adapters.agents.protocol import LaunchRequest
from remit.model.claimed_events import EXPORT_S

_SWITCH = "CLAUDE_CODE_ENABLE_TELEMETRY"
_EXPORTERS = re.compile(r"OTEL_(?:LOGS|METRICS|TRACES)_EXPORTER")
_DIVERTING = re.compile(r"OTEL_[A-Z0-9_]{1,60}|CLAUDE_CODE_ENHANCED_TELEMETRY_BETA")


@dataclass(frozen=True, slots=True)
class Telling:
    """The agent's environment, and what a person should know of it."""

    variables: Mapping[str, str]
    notes: tuple[str, ...] = ()


def is_telling(environ: Mapping[str, str]) -> bool:
    """Whether ``environ`` has the client send telemetry somewhere."""
    on = environ.get(_SWITCH, "").lower() in ("1", "true", "yes", "on")
    exporters = (value for name, value in environ.items() if _EXPORTERS.fullmatch(name))
    return on and any(value.strip().lower() not in ("", "none") for value in exporters)


def tell_us(request: LaunchRequest, configured: str, variables: Mapping[str, str]) -> Telling:
    """``variables`` of the agent with its telemetry led to the run's endpoint. Where the user has
    some of their own, in the environment or in the file ``configured``, they stay as they are."""
    if not request.telemetry_url:
        return Telling(variables)
    own = "your environment" if is_telling(request.environ) else configured
    if own or is_telling(variables):
        return Telling(variables, (_note(own or "the contract"),))
    rest = {name: value for name, value in variables.items() if not _DIVERTING.fullmatch(name)}
    return Telling({**rest, **_variables(request)})


def _variables(request: LaunchRequest) -> dict[str, str]:
    return {
        _SWITCH: "1",
        "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
        "OTEL_EXPORTER_OTLP_ENDPOINT": request.telemetry_url,
        "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer {request.token}",
        "OTEL_LOGS_EXPORT_INTERVAL": f"{EXPORT_S * 1000}",
    }


def _note(where: str) -> str:
    return (
        f"telemetry is configured in {where}: it stays yours, and Remit does not listen to it; "
        "to have it sent from a run, name its variables under environment and its host under hosts"
    )
