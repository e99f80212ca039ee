"""How the client reaches its model in a run: by the model's door, with a key of the run's own.

The user's key goes to the supervisor alone. A sign-in that is no key in the environment (a
subscription, a key helper) passes through; a cloud's own way to the model is left as it is. Each
of these is said, because then a shell command of the agent could read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from remit.model.route import Credential, ModelRoute
from remit.policy.hosts import destination

DEFAULT_BASE = "https://api.anthropic.com"
_KEY, _TOKEN, _HEADERS = "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_CUSTOM_HEADERS"
_PROVIDERS = ("api.anthropic.com", "api-staging.anthropic.com", "platform.claude.com", "claude.ai")
_LOGIN = ("platform.claude.com",)
"""Where the client renews a subscription's sign-in."""
_CLOUDS = {
    "CLAUDE_CODE_USE_BEDROCK": "Bedrock",
    "CLAUDE_CODE_USE_VERTEX": "Vertex",
    "CLAUDE_CODE_USE_FOUNDRY": "Foundry",
}


@dataclass(frozen=True, slots=True)
class Outward:
    """The environment without the user's keys, where the model's door leads, and what a person
    should know of it."""

    environ: Mapping[str, str]
    route: ModelRoute | None
    notes: tuple[str, ...] = ()


def lead_outward(
    environ: Mapping[str, str], model_url: str, model_key: str, key_helper: str
) -> Outward:
    """``environ`` with the way to the model through ``model_url``."""
    cloud = next((name for switch, name in _CLOUDS.items() if _is_on(environ, switch)), "")
    if cloud:
        note = f"the model is reached by {cloud} with your own sign-in, which a command can read"
        return Outward(environ, ModelRoute("", login=_cloud_hosts(environ)), (note,))
    base = environ.get("ANTHROPIC_BASE_URL") or DEFAULT_BASE
    changed = {**environ, "ANTHROPIC_BASE_URL": model_url}
    if base.rstrip("/") == DEFAULT_BASE:
        changed["_CLAUDE_CODE_ASSUME_FIRST_PARTY_BASE_URL"] = "1"
    credentials = _credentials(environ, model_key)
    if not credentials:
        return Outward(changed, _signed_in(base), (_sign_in_note(key_helper),))
    headers = _custom_headers(changed.pop(_HEADERS, ""))
    changed |= {name: model_key for name in (_KEY, _TOKEN) if environ.get(name)}
    changed.pop("CLAUDE_CODE_OAUTH_TOKEN", None)
    return Outward(changed, ModelRoute(base, credentials, headers, _providers(base)))


def _is_on(environ: Mapping[str, str], switch: str) -> bool:
    return environ.get(switch, "").lower() in ("1", "true", "yes", "on")


def _credentials(environ: Mapping[str, str], model_key: str) -> tuple[Credential, ...]:
    """The key and the token that are set, each as the header the client sends it in."""
    found = []
    if token := environ.get(_TOKEN):
        found.append(Credential("authorization", f"Bearer {model_key}", f"Bearer {token}"))
    if key := environ.get(_KEY):
        found.append(Credential("x-api-key", model_key, key))
    return tuple(found)


def _custom_headers(text: str) -> tuple[tuple[str, str], ...]:
    """``Name: value`` lines: they may be a credential, so the door adds them itself."""
    pairs = (line.partition(":") for line in text.splitlines())
    return tuple((name.strip(), value.strip()) for name, colon, value in pairs if colon)


def _signed_in(base: str) -> ModelRoute:
    providers = tuple(host for host in _providers(base) if host not in _LOGIN)
    return ModelRoute(base, providers=providers, login=_LOGIN)


def _providers(base: str) -> tuple[str, ...]:
    """The hosts that serve the model: reached by the model's door, by nothing else."""
    own = destination(base.partition("://")[2].partition("/")[0], 443)
    named = (own.host,) if own and not own.is_loopback else ()
    return tuple(dict.fromkeys((*named, *_PROVIDERS)))


def _sign_in_note(key_helper: str) -> str:
    how = "the key of your apiKeyHelper" if key_helper else "your sign-in"
    return f"{how} goes through to the model as it is: a shell command could read it"


def _cloud_hosts(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The hosts of the user's cloud, as exactly as its variables name them."""
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    place = environ.get("CLOUD_ML_REGION") or "us-east5"
    resource = environ.get("ANTHROPIC_FOUNDRY_RESOURCE", "")
    by_switch = {
        "CLAUDE_CODE_USE_BEDROCK": (
            f"bedrock-runtime.{region}.amazonaws.com",
            f"bedrock.{region}.amazonaws.com",
            f"sts.{region}.amazonaws.com",
        ),
        "CLAUDE_CODE_USE_VERTEX": (
            f"{place}-aiplatform.googleapis.com",
            "aiplatform.googleapis.com",
            "oauth2.googleapis.com",
        ),
        "CLAUDE_CODE_USE_FOUNDRY": (
            *((f"{resource}.services.ai.azure.com",) if resource else ()),
            "login.microsoftonline.com",
        ),
    }
    return tuple(host for on, hosts in by_switch.items() if _is_on(environ, on) for host in hosts)
