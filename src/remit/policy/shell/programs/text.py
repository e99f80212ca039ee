"""Programs that search and change text."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from remit.model.request import Effect
from remit.policy.shell.args import Arg
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import Split, split
from remit.policy.shell.programs.sed import files_of
from remit.policy.shell.programs.spec import each, harmless, program
from remit.policy.wordlist import words
from remit.policy.zones import is_secret, may_be_secret

_GREP_VALUED = words(
    "-e --regexp -f --file -A -B -C --after-context --before-context --context -m "
    "--max-count --include --exclude --exclude-dir --exclude-from -d -D --label --color "
    "--colour --binary-files -g --glob --iglob -t --type -T --type-not --max-depth -M "
    "--max-columns -r --replace --sort -j --threads -E --encoding --pre --pre-glob "
    "--ignore-file --max-filesize --type-add"
)
_PLAIN_GREP_VALUED = _GREP_VALUED - {"-r", "-E", "-t", "-T", "-g", "-M", "-j"}
_FILTERS = ("--include", "--glob", "-g", "--iglob")


def _grep(inv: Invocation) -> Iterator[Effect]:
    found = split(inv.args, _PLAIN_GREP_VALUED)
    files = _searched(inv, found)
    recursive = found.has("-r", "-R", "--recursive", "--dereference-recursive")
    if recursive and not files:
        files = (Arg("."),)
    yield from _search(inv, found, files)
    if found.has("-l", "--files-with-matches", "-L") and not found.has("-o"):
        inv.outputs.extend(_below(file) if recursive else file for file in files)
    elif not files and not found.has("-o", "-c", "-n", "-b", "-H", "-T", "--label"):
        inv.outputs.extend(inv.feed.paths)


def _ripgrep(inv: Invocation) -> Iterator[Effect]:
    found = split(inv.args, _GREP_VALUED)
    if found.has("--pre", "--hostname-bin", "--search-zip", "-z", "--pager", "--ackrc"):
        yield inv.unknown(f"{inv.name} --pre")
    listing = found.has("--files")
    files = found.operands if listing else _searched(inv, found)
    if not files and not inv.feed.piped:
        files = (Arg("."),)
    yield from _search(inv, found, files)
    if listing or found.has("-l", "--files-with-matches"):
        inv.outputs.extend(_below(file) for file in files)


def _searched(inv: Invocation, found: Split) -> tuple[Arg, ...]:
    """The files a search looks into; its first operand is the pattern unless an option is."""
    given = found.has("-e", "--regexp", "-f", "--file")
    return found.operands if given else found.operands[1:]


def _search(inv: Invocation, found: Split, files: tuple[Arg, ...]) -> Iterator[Effect]:
    first = found.operands[:1]
    if first and not first[0].sure and not first[0].quoted:
        yield from inv.reads(first[0])
    yield from inv.reads(*files, *found.values("-f", "--file", "--exclude-from", "--ignore-file"))
    for name in found.values(*_FILTERS):
        below = "/" in name.text and not name.text.startswith("!")
        if below or is_secret(name.text) or may_be_secret(name.text):
            yield from inv.reads(Arg(name.text.lstrip("/"), True, True))
    yield inv.ran()


def _below(file: Arg) -> Arg:
    return file if file.wild else Arg(posixpath.join(file.text, "**"), file.sure, True)


_SED_VALUED = words("-e --expression -f --file -l --line-length")
_SED_PLAIN = words(
    "-e --expression -l --line-length -n --quiet --silent -r -E --regexp-extended -s --separate -u "
    "--unbuffered -z --null-data --zero-terminated -b --binary --posix --sandbox --debug "
    "--follow-symlinks --help --version"
)
"""Of other options, beginnings of long ones included, it is not known what they lead to."""


def _sed(inv: Invocation) -> Iterator[Effect]:
    args, in_place, suffix = _in_place(inv.args)
    found = split(args, _SED_VALUED)
    scripts = tuple(found.values("-e", "--expression"))
    files = found.operands
    if not scripts and not found.has("-f", "--file"):
        scripts, files = found.operands[:1], found.operands[1:]
    odd = any(option.name not in _SED_PLAIN for option in found.options)
    if odd or not all(script.sure and not script.wild for script in scripts):
        yield inv.unknown(f"{inv.name} with a script that is not written out")
    else:
        yield from _scripted(inv, scripts)
    yield from inv.reads(*files)
    if in_place:
        yield from inv.writes(*files)
        if "*" in suffix or "/" in suffix:
            yield inv.unknown(f"{inv.name} that keeps the old file elsewhere")
        elif suffix:
            yield from inv.writes(*(Arg(f"{f.text}{suffix}", f.sure, f.wild) for f in files))
    yield inv.ran()


def _scripted(inv: Invocation, scripts: tuple[Arg, ...]) -> Iterator[Effect]:
    """Several scripts are one, a line each: a name that one begins may go on in the next."""
    named = files_of("\n".join(script.text for script in scripts))
    if named is None:
        yield inv.unknown(f"{inv.name} with a script that runs or writes")
        return
    yield from inv.reads(*(Arg(text.replace("~", "./~", 1)) for text in named.reads))
    yield from inv.writes(*(Arg(text.replace("~", "./~", 1)) for text in named.writes))


def _in_place(args: tuple[Arg, ...]) -> tuple[tuple[Arg, ...], bool, str]:
    """Take ``-i`` out: what follows it in the same word is a suffix, not an option."""
    kept: list[Arg] = []
    found, suffix = False, ""
    for arg in args:
        match = (
            re.fullmatch(r"-([nrsuzE]*)i(.*)|--in-place(?:=(.*))?", arg.text) if arg.sure else None
        )
        if not match:
            kept.append(arg)
            continue
        found, suffix = True, match[2] or match[3] or suffix
        if match[1]:
            kept.append(Arg(f"-{match[1]}"))
    return tuple(kept), found, suffix


_SEPARATORS = frozenset([("\\n", "\\0"), ("\\n", " "), ("\\0", "\\n"), ("-d", "\\r")])


def _tr(inv: Invocation) -> Iterator[Effect]:
    """Other separators leave the names as they are; other letters make other names."""
    if tuple(arg.text for arg in inv.args) in _SEPARATORS:
        inv.outputs.extend(inv.feed.paths)
    yield inv.ran()


PROGRAMS: dict[str, Handler] = {
    **each("grep egrep fgrep zgrep", _grep),
    **each("rg ag ack", _ripgrep),
    **each("sed gsed", _sed),
    **each("tr", _tr),
    **each("true false : seq yes sleep expr factor", harmless),
    **each("bc", program(text="-e --expression")),
    **each("iconv", program(write="-o --output", text="-f -t --from-code --to-code")),
}
