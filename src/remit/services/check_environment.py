"""The environment of a check, built from nothing: no token, no key, no agent socket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from remit.services.workspace import Workspace

SYSTEM_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
TOOLCHAIN_NAMES = (
    "ASDF_DATA_DIR",
    "GOROOT",
    "JAVA_HOME",
    "NVM_DIR",
    "PYENV_ROOT",
    "RBENV_ROOT",
    "RUSTUP_HOME",
    "VOLTA_HOME",
)
"""Where toolchains live. Places that also hold credentials (``CARGO_HOME``) are not among them."""
_LOADER = ("LD_", "DYLD_", "GCONV_PATH", "GLIBC_TUNABLES")
"""What they name is loaded by the check's own launcher too, which is not confined yet."""
_NEVER = ("ANTHROPIC_", "CLAUDE", "REMIT_", "SSH_A", "GPG_AGENT", *_LOADER)


def check_environment(
    environ: Mapping[str, str], names: Sequence[str], workspace: Workspace, repository_root: Path
) -> dict[str, str]:
    """The variables of a check. ``names`` are those the contract asks to pass on."""
    found = {
        "PATH": ":".join(search_path(environ.get("PATH", ""), repository_root)),
        "HOME": str(workspace.home),
        "TMPDIR": str(workspace.temporary),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if "HOME" in environ and (rustup := Path(environ["HOME"], ".rustup")).is_dir():
        found["RUSTUP_HOME"] = str(rustup)
    passed = [*TOOLCHAIN_NAMES, *(name for name in names if not is_withheld(name))]
    found.update({name: environ[name] for name in passed if name in environ})
    return found


def is_withheld(name: str) -> bool:
    """Whether a variable never reaches a check, whatever the contract says."""
    return name.startswith(_NEVER) or name in ("PATH", "HOME", "TMPDIR")


def search_path(path: str, repository_root: Path) -> tuple[str, ...]:
    """The launching shell's directories that lie outside the repository, then the system's."""
    root = repository_root.resolve()
    given = [Path(item) for item in path.split(":") if item.startswith("/")]
    outside = [str(item) for item in given if item.is_dir() and not _within(item, root)]
    return tuple(dict.fromkeys([*outside, *SYSTEM_PATH]))


def _within(path: Path, root: Path) -> bool:
    return path.absolute().is_relative_to(root) or path.resolve().is_relative_to(root)
