"""Variables that change what other programs do."""

from __future__ import annotations

import re

_STEERING = re.compile(
    r"(?:LD|DYLD|GIT|PYTEST|CARGO|NPM_CONFIG|npm_config|CLAUDE|ANTHROPIC|REMIT|SSH|XDG|MAKE|CGO|RUBY"
    r"|PERL5|JAVA|MAVEN|GRADLE|DOCKER|KUBE|AWS|DBUS|SYSTEMD|COREPACK|YARN|PIP|UV|POETRY|VIRTUAL_ENV"
    r"|ASDF|NVM|FZF|BASH_FUNC)_?.*"
    r"|PATH|BASH_ENV|ENV|IFS|SHELLOPTS|BASHOPTS|PS4|PROMPT_COMMAND|CDPATH|GLOBIGNORE|HOME|SHELL"
    r"|PYTHON(?:PATH|STARTUP|HOME|INSPECT|USERBASE|PLATLIBDIR|EXECUTABLE|BREAKPOINT|WARNINGS|CASEOK"
    r"|PYCACHEPREFIX)|NODE_(?:OPTIONS|PATH)|.*PAGER|.*EDITOR|VISUAL|BROWSER|LESS(?:OPEN|CLOSE)?"
    r"|_JAVA_OPTIONS|GOFLAGS|GOPATH|GOBIN|GOTOOLCHAIN|CC|CXX|CFLAGS|LDFLAGS|RUSTC.*|RUSTFLAGS"
    r"|MAKEFLAGS|MFLAGS|TAR_OPTIONS|GREP_OPTIONS|RIPGREP_CONFIG_PATH|(?:https?|all|no)_proxy"
    r"|(?:HTTPS?|ALL|NO)_PROXY|TMPDIR|COMSPEC|OLDPWD|PWD",
)
_HARMLESS = re.compile(
    r"(?:^| )(?:(?:GIT_|MAN|SYSTEMD_)?PAGER=(?:cat|''|less)|GIT_OPTIONAL_LOCKS=0"
    r"|GIT_TERMINAL_PROMPT=0|CARGO_TERM_\w+=\w+|PYTHONWARNINGS=(?:ignore|default|error|once|always)"
    r"|PIP_DISABLE_PIP_VERSION_CHECK=1)(?= |$)"
)


def steers(name: str, line: str) -> bool:
    """Whether setting ``name`` steers other programs; ``line`` holds ``NAME=value``."""
    if not _STEERING.fullmatch(name):
        return False
    return not any(found[0].strip().startswith(f"{name}=") for found in _HARMLESS.finditer(line))
