"""The agent's environment, built from nothing. What is not listed does not go in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_KEPT = """
    PATH HOME USER LOGNAME SHELL LANG LANGUAGE TERM COLORTERM NO_COLOR FORCE_COLOR COLUMNS LINES
    TZ TMPDIR XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME CI
    CLAUDE_CONFIG_DIR CLAUDE_CODE_USE_BEDROCK CLAUDE_CODE_USE_VERTEX CLAUDE_CODE_USE_FOUNDRY
    CLAUDE_CODE_OAUTH_TOKEN CLAUDE_CODE_MAX_OUTPUT_TOKENS CLAUDE_CODE_SUBAGENT_MODEL
    CLAUDE_CODE_CERT_STORE CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC
    CLAUDE_CODE_API_KEY_HELPER_TTL_MS
    DISABLE_TELEMETRY DISABLE_ERROR_REPORTING DO_NOT_TRACK API_TIMEOUT_MS MAX_THINKING_TOKENS
    SSL_CERT_FILE SSL_CERT_DIR NODE_EXTRA_CA_CERTS REQUESTS_CA_BUNDLE CURL_CA_BUNDLE GIT_SSL_CAINFO
    VIRTUAL_ENV CONDA_PREFIX CONDA_DEFAULT_ENV PYENV_ROOT PYENV_VERSION PIPX_HOME POETRY_HOME
    UV_CACHE_DIR PIP_CACHE_DIR NVM_DIR NVM_BIN NODE_VERSION NPM_CONFIG_CACHE PNPM_HOME BUN_INSTALL
    DENO_DIR VOLTA_HOME FNM_DIR ASDF_DIR ASDF_DATA_DIR MISE_DATA_DIR JAVA_HOME MAVEN_HOME M2_HOME
    GRADLE_HOME GRADLE_USER_HOME SDKMAN_DIR GOPATH GOROOT GOBIN GOCACHE GOMODCACHE GOPROXY GOFLAGS
    CARGO_HOME RUSTUP_HOME GEM_HOME GEM_PATH RBENV_ROOT BUNDLE_PATH COMPOSER_HOME DOTNET_ROOT
    ANDROID_HOME ANDROID_SDK_ROOT FLUTTER_ROOT PKG_CONFIG_PATH NIX_PATH NIX_PROFILES
"""
KEPT = frozenset(_KEPT.split())
_KEPT_FORMS = re.compile(
    r"LC_[A-Z]{1,30}|ANTHROPIC_[A-Z0-9_]{1,60}|_CLAUDE_CODE_ASSUME_FIRST_PARTY_BASE_URL"
)
_NOTABLE = re.compile(
    r"SSH_AUTH_SOCK|SSH_AGENT_PID|GPG_AGENT_INFO|TMUX|STY|DBUS_SESSION_BUS_ADDRESS|DISPLAY"
    r"|WAYLAND_DISPLAY|DOCKER_HOST|KUBECONFIG|GOOGLE_APPLICATION_CREDENTIALS"
    r"|(?:AWS|AZURE|GCP|GITHUB|GITLAB|NPM|PYPI)_.*"
    r"|.*(?:TOKEN|SECRET|PASSWORD|PASSWD|API_KEY|CREDENTIALS?|_URL|_DSN)"
)
_ALWAYS = {
    "CLAUDE_CODE_DISABLE_AGENT_VIEW": "1",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_TELEMETRY": "1",
    "GIT_OPTIONAL_LOCKS": "0",
}
"""What the client would send beside its work goes nowhere in a run: each try at a host that the
contract does not name would count as pressure of the agent's."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_LOOPBACK = "127.0.0.1,localhost,::1"
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
PROXY_NAMES = frozenset(
    name for known in (*_PROXIES, "NO_PROXY") for name in (known, known.lower())
)
"""The user's own ones lead the supervisor out; the agent's lead to the supervisor."""
_NEVER = """
    CLAUDE_CODE_SIMPLE CLAUDE_CODE_SAFE_MODE CLAUDECODE LD_PRELOAD LD_LIBRARY_PATH NODE_OPTIONS
    BUN_OPTIONS BASH_ENV ENV
"""
_FORBIDDEN = frozenset(_NEVER.split())
"""Not even when a contract names them: they switch the guard off or load code beneath it."""


@dataclass(frozen=True, slots=True)
class Environment:
    variables: Mapping[str, str]
    left_out: tuple[str, ...]
    """Lines for a person: names only, never a value."""


def build_environment(environ: Mapping[str, str], named: Iterable[str], proxy: str) -> Environment:
    """The agent's variables out of ``environ``; ``named`` are those the contract adds, ``proxy``
    is the address of the run's way out."""
    wanted = {name for name in named if _NAME.fullmatch(name) and name not in _FORBIDDEN}
    kept = {name: value for name, value in environ.items() if name in wanted or _is_kept(name)}
    kept |= _ALWAYS | _proxies(proxy)
    return Environment(kept, _left_out(environ, kept, set(named) - wanted, wanted))


def _is_kept(name: str) -> bool:
    return name in KEPT or _KEPT_FORMS.fullmatch(name) is not None


def _proxies(proxy: str) -> dict[str, str]:
    """In both spellings: programs differ in which they read. Loopback is reached directly."""
    values = {**dict.fromkeys(_PROXIES, proxy), "NO_PROXY": _LOOPBACK}
    return values | {name.lower(): value for name, value in values.items()}


def _left_out(
    environ: Mapping[str, str], kept: Mapping[str, str], refused: set[str], wanted: set[str]
) -> tuple[str, ...]:
    out = sorted(name for name in environ if name not in kept and name not in PROXY_NAMES)
    notable = [name for name in out if _NOTABLE.fullmatch(name)]
    lines = []
    if out:
        shown = ", ".join(notable[:8]) + (" …" if len(notable) > 8 else "")
        lines.append(
            f"{len(out)} environment variables" + (f", {shown} among them" if shown else "")
        )
    lines += [f"environment variable {name}: never given to an agent" for name in sorted(refused)]
    missing = sorted(wanted - set(environ))
    lines += [
        f"environment variable {name}: the contract names it, it is not set" for name in missing
    ]
    return tuple(lines)
