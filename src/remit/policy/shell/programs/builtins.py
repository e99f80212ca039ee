"""What the shell does itself, and other shells."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.model.request import Effect
from remit.policy.shell.args import Arg
from remit.policy.shell.constructs import steered
from remit.policy.shell.dynamic import Family
from remit.policy.shell.environment import steers
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import split
from remit.policy.shell.programs.spec import each, harmless
from remit.policy.wordlist import words

ENVIRON = Arg("/proc/self/environ")
_NAME = re.compile(r"([A-Za-z_]\w*)(\+?=)(.*)", re.DOTALL)
_JUST_NAME = re.compile(r"-?[A-Za-z_]\w*")


def _cd(inv: Invocation) -> Iterator[Effect]:
    found = split(inv.args)
    operands = found.operands
    target = operands[0] if operands else Arg("~")
    plain = target.sure and not target.wild and target.text[:1] not in ("-", "+", "")
    plain = plain and all(option.name == "-L" for option in found.options)
    if plain:
        yield from inv.reads(target)
    elif not target.sure:
        yield inv.dynamic(Family.PATH, target.text)
    inv.scope.enter(target.text if plain else None)
    yield inv.ran()


def _popd(inv: Invocation) -> Iterator[Effect]:
    inv.scope.enter(None)
    yield inv.ran()


def _export(inv: Invocation) -> Iterator[Effect]:
    """``export``, ``declare``, ``local``, ``readonly``: assignments as arguments."""
    named = False
    for arg in inv.args:
        found = _NAME.fullmatch(arg.text)
        if found:
            yield from steered(found[1], arg.text, inv.line)
            value = Arg(found[3], arg.sure) if found[2] == "=" else Arg("…", False)
            inv.scope.assign(found[1], value)
            named = True
        elif arg.sure and _JUST_NAME.fullmatch(arg.text):
            named = named or not arg.text.startswith("-")
        else:
            yield inv.dynamic(Family.SHELL, arg.text)
    options = "".join(arg.text for arg in inv.args if arg.text.startswith("-"))
    if set(options) & {"n", "i"} and inv.name != "export":
        yield inv.dynamic(Family.SHELL, f"{inv.name} {options}")
    if not named or "p" in options:
        yield from inv.reads(ENVIRON)
    yield inv.ran()


def _unset(inv: Invocation) -> Iterator[Effect]:
    for arg in inv.args:
        if arg.sure and steers(arg.text, ""):
            yield inv.dynamic(Family.ENVIRONMENT, arg.text)
        if not arg.sure or "[" in arg.text:
            yield inv.dynamic(Family.SHELL, arg.text)
    inv.scope.forget({arg.text for arg in inv.args})
    inv.scope.functions.clear()
    yield inv.ran()


_READ_VALUED = words("-a -d -i -n -N -p -t -u")
_MAPFILE_VALUED = words("-C -c -d -n -O -s -u")


def _read(inv: Invocation) -> Iterator[Effect]:
    found = split(inv.args, _READ_VALUED if inv.name == "read" else _MAPFILE_VALUED)
    names = {arg.text for arg in (*found.operands, *found.values("-a"))} or {"REPLY", "MAPFILE"}
    if found.has("-C") and inv.name != "read":
        yield inv.dynamic(Family.SHELL, f"{inv.name} -C")
    if any(steers(name, "") or not _JUST_NAME.fullmatch(name) for name in names):
        yield inv.dynamic(Family.SHELL, f"{inv.name} {' '.join(sorted(names))}")
    inv.scope.forget(names)
    inv.scope.texts |= names
    plain = inv.name == "read" and all(option.name in ("-r", "-d") for option in found.options)
    if plain and len(names) == 1 and len(inv.feed.paths) == 1:
        inv.scope.assign(next(iter(names)), inv.feed.paths[0])
    yield inv.ran()


def _getopts(inv: Invocation) -> Iterator[Effect]:
    names = inv.args[1:2]
    if not all(name.sure and _JUST_NAME.fullmatch(name.text) for name in names):
        yield inv.dynamic(Family.SHELL, inv.line)
    for name in names:
        yield from steered(name.text, "", inv.line)
        inv.scope.forget({name.text})
    yield inv.ran()


def _set(inv: Invocation) -> Iterator[Effect]:
    words = [arg.text for arg in inv.args]
    if not words:
        yield from inv.reads(ENVIRON)
    elif not re.fullmatch(
        r"(?:[-+][euxfvhCEBbmnT]*o? ?(?:errexit|nounset|pipefail|xtrace|verbose)? ?)+",
        " ".join(words),
    ):
        yield inv.dynamic(Family.SHELL, f"set {' '.join(words)}")
    yield inv.ran()


_EXTENDED = words("-s -u -q globstar nullglob failglob nocaseglob dotglob")


def _shopt(inv: Invocation) -> Iterator[Effect]:
    if not all(arg.sure and arg.text in _EXTENDED for arg in inv.args):
        yield inv.dynamic(Family.SHELL, inv.line)
    yield inv.ran()


def _redefining(inv: Invocation) -> Iterator[Effect]:
    if inv.args and not all(arg.text in ("-p", "-l") for arg in inv.args):
        yield inv.dynamic(Family.SHELL, inv.line)
    yield inv.ran()


def _trap(inv: Invocation) -> Iterator[Effect]:
    operands = split(inv.args).operands
    if operands and len(inv.args) > 1 and operands[0].text not in ("-", ""):
        if operands[0].sure:
            inv.shell(operands[0].text)
        else:
            yield inv.dynamic(Family.COMMAND, inv.line)
    yield inv.ran()


def _eval(inv: Invocation) -> Iterator[Effect]:
    if not all(arg.sure and not arg.wild for arg in inv.args):
        yield inv.dynamic(Family.COMMAND, inv.line)
    else:
        text = " ".join(arg.text for arg in inv.args)
        inv.runner.text(text, inv.scope)
    yield inv.ran()


def _source(inv: Invocation) -> Iterator[Effect]:
    if [arg.text for arg in inv.args] == ["/dev/null"]:
        yield inv.ran()
        return
    yield from inv.reads(*inv.args[:1])
    yield inv.unknown(" ".join([inv.name, *(arg.text for arg in inv.args[:1])]))
    inv.scope.enter(None)
    inv.scope.forget(set(inv.scope.variables) | {"PATH"})


_SHELL_VALUED = frozenset(["-O", "+O", "-o", "+o", "--rcfile", "--init-file"])


def _shell(inv: Invocation) -> Iterator[Effect]:
    """Another shell: a text, a file, or what it is fed."""
    found = split(inv.args, _SHELL_VALUED, ordered=True)
    if found.has("--rcfile", "--init-file", "-i", "--posix", "-O", "-r"):
        yield inv.dynamic(Family.SHELL, inv.line)
    if found.has("--version", "--help"):
        yield inv.ran()
    elif found.has("-c"):
        yield from _text_of(inv, found.operands[:1])
    elif found.has("-n") and len(found.options) == 1 and found.operands:
        yield from inv.reads(found.operands[0])
        yield inv.ran()
    elif found.operands and not found.has("-s"):
        yield from inv.reads(found.operands[0])
        yield inv.unknown(f"{inv.name} {found.operands[0].text}")
    else:
        yield from _fed(inv)


def _text_of(inv: Invocation, text: tuple[Arg, ...]) -> Iterator[Effect]:
    if (text and text[0].sure and not text[0].wild) or (text and text[0].sure and text[0].quoted):
        inv.shell(text[0].text)
        yield inv.ran()
    else:
        yield inv.dynamic(Family.COMMAND, inv.line)


def _fed(inv: Invocation) -> Iterator[Effect]:
    if inv.feed.text is not None and inv.feed.text.sure:
        inv.shell(inv.feed.text.text)
        yield inv.ran()
    elif inv.feed.text is not None or inv.feed.piped:
        yield inv.dynamic(Family.PIPED, inv.line)
    else:
        yield inv.unknown(f"{inv.name} without a script")


_SUM = re.compile(r"[\w\s+*/%=<>!&|()-]+")


def _let(inv: Invocation) -> Iterator[Effect]:
    """Arithmetic evaluates the subscripts it is given."""
    for arg in inv.args:
        if not arg.sure or not _SUM.fullmatch(arg.text):
            yield inv.dynamic(Family.SHELL, inv.line)
    inv.scope.forget({name for arg in inv.args for name in re.findall(r"[A-Za-z_]\w*", arg.text)})
    yield inv.ran()


def _hash(inv: Invocation) -> Iterator[Effect]:
    if any(arg.text.startswith("-p") or not arg.sure for arg in inv.args):
        yield inv.dynamic(Family.SHELL, inv.line)
    yield inv.ran()


def _jobs(inv: Invocation) -> Iterator[Effect]:
    if any(arg.text.startswith("-") and "x" in arg.text for arg in inv.args):
        yield inv.unknown("jobs -x")
    yield inv.ran()


def _wait(inv: Invocation) -> Iterator[Effect]:
    if any(arg.text.startswith("-p") for arg in inv.args):
        yield inv.dynamic(Family.SHELL, inv.line)
    yield inv.ran()


def _history(inv: Invocation) -> Iterator[Effect]:
    if any(not arg.text.isdigit() for arg in inv.args):
        yield inv.unknown("history with options")
    yield inv.ran()


def _manual(inv: Invocation) -> Iterator[Effect]:
    """A page by its path is a file that is shown."""
    if any(arg.text.startswith("-") and arg.text not in ("-k", "-f") for arg in inv.args):
        yield inv.unknown(f"{inv.name} with options")
    yield from inv.reads(*(arg for arg in inv.args if "/" in arg.text or not arg.sure))
    yield inv.ran()


def _printenv(inv: Invocation) -> Iterator[Effect]:
    if not inv.args or any(re.search(r"KEY|TOKEN|SECRET|PASS|CRED", arg.text) for arg in inv.args):
        yield from inv.reads(ENVIRON)
    yield inv.ran()


PROGRAMS: dict[str, Handler] = {
    **each("cd pushd chdir", _cd),
    **each("popd", _popd),
    **each("export declare typeset local readonly", _export),
    **each("unset", _unset),
    **each("read mapfile readarray", _read),
    **each("set", _set),
    **each("shopt", _shopt),
    **each("alias enable bind complete compgen unalias fc coproc", _redefining),
    **each("trap", _trap),
    **each("eval", _eval),
    **each("source .", _source),
    **each("bash sh dash zsh ksh ash rbash", _shell),
    **each("printenv", _printenv),
    **each("exit return break continue shift times umask ulimit dirs", harmless),
    **each("getopts", _getopts),
    **each("whoami id groups uname nproc uptime which type whereis tty locale", harmless),
    **each("getconf cal tput clear reset users who w free lscpu lsblk pgrep logname", harmless),
    **each("let", _let),
    **each("hash", _hash),
    **each("jobs", _jobs),
    **each("wait", _wait),
    **each("history", _history),
    **each("man apropos whatis", _manual),
}
