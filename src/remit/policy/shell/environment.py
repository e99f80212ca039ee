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
    r"|(?:BORG|RESTIC|RCLONE|RSYNC|HELM|ANSIBLE|TF_(?:CLI|DATA|PLUGIN)|TERRAGRUNT|BOTO|CLOUDSDK)_?.*"
    r"|PSQLRC|PGSYSCONFDIR|PGSERVICEFILE|MYSQL_HOME|OPENSSL_(?:CONF|MODULES|ENGINES)|GCONV_PATH|WGETRC|CURL_HOME|AWK(?:LIB)?PATH"
    r"|LUA_(?:INIT|C?PATH).*|PHPRC|PHP_INI_SCAN_DIR|R_(?:PROFILE|ENVIRON|LIBS).*|VIMINIT|EXINIT|MANOPT|MALLOC_TRACE"
    r"|_JAVA_OPTIONS|GOFLAGS|GOPATH|GOBIN|GOTOOLCHAIN|CC|CXX|CFLAGS|LDFLAGS|RUSTC.*|RUSTFLAGS"
    r"|MAKEFLAGS|MFLAGS|TAR_OPTIONS|GREP_OPTIONS|RIPGREP_CONFIG_PATH|(?:https?|all|no)_proxy"
    r"|(?:HTTPS?|ALL|NO)_PROXY|TMPDIR|COMSPEC|OLDPWD|PWD",
)
_NODE = (
    r"--(?:experimental-vm-modules|no-warnings|no-deprecation|enable-source-maps|trace-warnings"
    r"|experimental-strip-types|unhandled-rejections=strict|max[-_]old[-_]space[-_]size=\d+)"
)
_HARMLESS = re.compile(
    r"(?:GIT_|MAN|SYSTEMD_)?PAGER=(?:cat|''|less|)|GIT_OPTIONAL_LOCKS=0|GIT_TERMINAL_PROMPT=0"
    r"|CARGO_(?:TERM_\w+=\w+|INCREMENTAL=[01])|PYTHONWARNINGS=(?:ignore|default|error|once|always)"
    r"|PIP_DISABLE_PIP_VERSION_CHECK=1|PYTEST_DISABLE_PLUGIN_AUTOLOAD=1|CGO_ENABLED=[01]"
    rf"|MAKEFLAGS=-(?:j\d*|s|k)|NODE_OPTIONS='?{_NODE}(?: {_NODE})*'?"
)


def steers(name: str, text: str) -> bool:
    """Whether setting ``name`` steers other programs; ``text`` is ``NAME=value`` where known."""
    return bool(_STEERING.fullmatch(name)) and not _HARMLESS.fullmatch(text)
