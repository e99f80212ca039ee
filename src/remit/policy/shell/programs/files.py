"""Programs that read, make, move and remove files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from remit.model.request import Effect, EffectKind
from remit.policy.shell.args import Arg
from remit.policy.shell.dynamic import Family
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import Split, may_mean, split
from remit.policy.shell.programs.spec import (
    CHANGE,
    DELETE,
    FILE,
    TEXT,
    WRITE,
    asks_itself,
    each,
    harmless,
    program,
)
from remit.policy.wordlist import words

_COPY_VALUED = words("-t --target-directory -S --suffix -m --mode -o --owner -g --group")
_LISTED = "-I --ignore --hide -w --width --block-size --color --time-style --sort --format -T"


def _copy(inv: Invocation) -> Iterator[Effect]:
    found = split(inv.args, _COPY_VALUED)
    if found.may_mean(("-s", "-l", "--symbolic-link", "--link")):
        yield inv.unknown(f"{inv.name} of links")
    sources, into = _into(inv, found)
    yield from inv.reads(*sources)
    yield from _placed(inv, sources, into)
    yield inv.ran()


def _move(inv: Invocation) -> Iterator[Effect]:
    sources, into = _into(inv, split(inv.args, _COPY_VALUED))
    yield from inv.deletes(*sources)
    yield from inv.reads(*sources)
    yield from _placed(inv, sources, into)
    yield inv.ran()


def _install(inv: Invocation) -> Iterator[Effect]:
    found = split(inv.args, _COPY_VALUED)
    if found.may_mean(("--strip-program",), frozenset({"--strip"})):
        yield inv.unknown()
    if found.has("-d", "--directory"):
        yield from inv.writes(*found.operands)
    else:
        sources, into = _into(inv, found)
        yield from inv.reads(*sources)
        yield from _placed(inv, sources, into)
    yield inv.ran()


def _is_begun(found: Split) -> bool:
    """Whether the folder is named by an option cut short."""
    whole = "--target-directory"
    return any(may_mean(one.name, (whole,)) and one.name != whole for one in found.options)


def _into(inv: Invocation, found: Split) -> tuple[tuple[Arg, ...], Arg | None]:
    """The sources, and where they go."""
    folder = next(found.values("-t", "--target-directory"), None)
    if folder is not None:
        return found.operands, Arg(f"{folder.text}/", folder.sure)
    if len(found.operands) < 2:
        return found.operands, None
    return found.operands[:-1], found.operands[-1]


def _placed(inv: Invocation, sources: tuple[Arg, ...], into: Arg | None) -> Iterator[Effect]:
    """What is written: the place itself, and below it where it may be a folder."""
    if into is None or _is_begun(split(inv.args, _COPY_VALUED)):
        yield inv.unknown(f"{inv.name} without a destination")
        return
    folder = into.text.endswith("/") or posixpath.basename(into.text) in (".", "..")
    folder = folder or len(sources) > 1
    if not folder or not into.sure:
        yield from inv.writes(into)
    if not into.sure:
        return
    for source in sources:
        name = posixpath.basename(source.text.rstrip("/"))
        if source.sure and name not in ("", ".", ".."):
            yield from inv.writes(Arg(posixpath.join(into.text, name), True, source.wild))
        elif folder:
            yield from inv.writes(Arg(posixpath.join(into.text, "*"), True, True))


def _link(inv: Invocation) -> Iterator[Effect]:
    """A link is a second name: what it leads to must be open to edits as well."""
    found = split(inv.args, _COPY_VALUED)
    targets, into = _into(inv, found)
    if into is None:
        into = Arg(posixpath.basename(targets[0].text.rstrip("/")) or ".") if targets else Arg(".")
    yield from _placed(inv, targets, into)
    symbolic = found.has("-s", "--symbolic")
    for target in targets:
        yield from inv.writes(_seen_from(into, target) if symbolic else target)
    yield inv.ran()


def _seen_from(link: Arg, target: Arg) -> Arg:
    """A symbolic link's target is read from the folder of the link."""
    if not target.sure or not link.sure or target.text.startswith(("/", "~")):
        return target
    return Arg(posixpath.join(posixpath.dirname(link.text), target.text), True, target.wild)


def _dd(inv: Invocation) -> Iterator[Effect]:
    for arg in inv.args:
        name, _, value = arg.text.partition("=")
        if not arg.sure:
            yield from inv.writes(arg)
        elif name == "if":
            yield from inv.reads(Arg(value))
        elif name == "of":
            yield from inv.writes(Arg(value))
    yield inv.ran()


def _uniq(inv: Invocation) -> Iterator[Effect]:
    found = split(
        inv.args, frozenset(["-f", "-s", "-w", "--skip-fields", "--skip-chars", "--check-chars"])
    )
    yield from inv.reads(*found.operands[:1])
    yield from inv.writes(*found.operands[1:])
    if not found.options and not found.operands:
        inv.outputs.extend(inv.feed.paths)
    yield inv.ran()


def _lines(handler: Handler, numbers: str) -> Handler:
    """``handler``, which prints whole lines of what it is fed: with no option but ``numbers``."""
    plain = re.compile(rf"-[{numbers}]*|-?\d+|-n")

    def handle(inv: Invocation) -> Iterator[Effect]:
        yield from handler(inv)
        if all(arg.sure and plain.fullmatch(arg.text) for arg in inv.args):
            inv.outputs.extend(inv.feed.paths)

    return handle


_PAGED = program(
    refused="-o -O --log-file --LOG-FILE -k --lesskey-src --lesskey-file --lesskey-content",
    text="-x -j -p -P -t",
)


def _pager(inv: Invocation) -> Iterator[Effect]:
    """``+!command`` is run."""
    if any(arg.text.startswith("+") for arg in inv.args):
        yield inv.unknown(f"{inv.name} +")
    yield from _PAGED(inv)


def _listing(inv: Invocation) -> Iterator[Effect]:
    found = split(inv.args, frozenset(_LISTED.split()))
    roots = found.operands or (Arg("."),)
    yield from inv.reads(*roots)
    if all(option.name in _NAMES_ONLY for option in found.options):
        inv.outputs.extend(_listed_names(found, roots))
    yield inv.ran()


def _listed_names(found: Split, roots: tuple[Arg, ...]) -> tuple[Arg, ...]:
    """What is in a folder is printed by its name alone, as if it lay in this one."""
    if found.has("-d"):
        return roots
    hidden = (Arg(".*", True, True),) if found.has("-a", "-A") else ()
    return (*(root for root in found.operands if root.wild), Arg("*", True, True), *hidden)


_NAMES_ONLY = words("-1 -a -A -t -r -d -S -U -v -X -c -u -h")


_ASKS_ENVIRONMENT = re.compile(r"env", re.IGNORECASE)
_LOADS = re.compile(r"\b(?:import|include|load\w*)\b")


def _filter(handler: Handler) -> Handler:
    """``handler``, whose filter can print the environment and load other files."""

    def handle(inv: Invocation) -> Iterator[Effect]:
        if any(_ASKS_ENVIRONMENT.search(arg.text) for arg in inv.args):
            yield from inv.reads(Arg("/proc/self/environ"))
        if any(_LOADS.search(arg.text) for arg in split(inv.args).operands):
            yield inv.unknown(f"{inv.name} with a filter that loads files")
        yield from handler(inv)

    return handle


def _jq(inv: Invocation) -> Iterator[Effect]:
    """Its first operand is the filter, unless that stands in a file."""
    filed = split(inv.args, words("--indent")).may_mean(("-f", "--from-file"))
    yield from (_FILED if filed else _FILTER)(inv)


_FILTER = program(first=TEXT, text="--indent")
_FILED = program(text="--indent")


def _test(inv: Invocation) -> Iterator[Effect]:
    """``-v`` and ``-R`` evaluate the subscript of the name they are given."""
    if any(arg.text in ("-v", "-R") for arg in inv.args) and "[" in inv.line[2:]:
        yield inv.dynamic(Family.SHELL, inv.line)
    yield inv.ran()


_REMOVAL = program(DELETE, text="-n --iterations -s --size")


def _remove(inv: Invocation) -> Iterator[Effect]:
    """Without a name there is something about the command that we did not read."""
    if inv.args and all(arg.text.startswith("-") for arg in inv.args) and not asks_itself(inv):
        yield inv.unknown(f"{inv.name} of nothing named")
    yield from _REMOVAL(inv)


_MODES = program(WRITE, first=TEXT)
_MODELESS = program(WRITE, read="--reference")
_OPTION_MODE = re.compile(r"-[Rvfc]*[rwxXstugoa,+=].*")
"""``chmod -w file``: the mode stands where an option would."""
_BECOMES = re.compile(r"0?[2-7]\d{3}|(?:.*,)?[ugoa]*[+=][rwxX]*s.*")
"""Makes a program run as somebody else than who starts it."""


def _chmod(inv: Invocation) -> Iterator[Effect]:
    if any(_BECOMES.fullmatch(arg.text) for arg in inv.args):
        yield inv.effect(EffectKind.PRIVILEGE, f"{inv.name} {inv.args[0].text}")
    named = any(
        _OPTION_MODE.fullmatch(arg.text) or may_mean(arg.text, ("--reference",)) for arg in inv.args
    )
    yield from (_MODELESS if named else _MODES)(inv)


_SPLIT_VALUED = words("-a -b -C -l -n -t --suffix-length --bytes --lines --number --separator")


def _split(inv: Invocation) -> Iterator[Effect]:
    found = split(inv.args, _SPLIT_VALUED)
    if found.may_mean(("--filter",)):
        yield inv.unknown(f"{inv.name} --filter")
    yield from inv.reads(*found.operands[:1])
    prefix = found.operands[1] if len(found.operands) > 1 else Arg("x")
    yield from inv.writes(Arg(f"{prefix.text}*", prefix.sure, True))
    yield inv.ran()


def _owner(inv: Invocation) -> Iterator[Effect]:
    yield inv.effect(EffectKind.PRIVILEGE, inv.name)


_XXD_LONG = re.compile(r"-?(-[A-Za-z])[A-Za-z]+")
_XXD = program(last=WRITE, text="-c -g -l -o -s -n -R", refused="-r")


def _xxd(inv: Invocation) -> Iterator[Effect]:
    """The second letter says which option it is: ``-ps`` is ``-p``."""
    shortened = tuple(
        arg._replace(text=_XXD_LONG.sub(r"\1", arg.text.replace("-capitalize", "-C")))
        if arg.sure and _XXD_LONG.fullmatch(arg.text)
        else arg
        for arg in inv.args
    )
    yield from _XXD(inv.renamed(inv.name, shortened))


PROGRAMS: dict[str, Handler] = {
    **each("cat rev zcat bzcat xzcat", program(FILE)),
    **each("tac", program(FILE, text="-s --separator")),
    **each("nl", program(FILE, text="-b -d -f -h -i -l -n -s -v -w")),
    **each("strings", program(FILE, text="-n --bytes -t --radix -e --encoding")),
    **each("base64 base32", program(FILE, text="-w --wrap", write="-o --output")),
    **each("bat batcat", program(refused="--pager")),
    **each("less more most", _pager),
    **each(
        "head tail",
        _lines(program(FILE, text="-n -c --lines --bytes -s --pid --sleep-interval"), "n0-9"),
    ),
    **each(
        "cut",
        program(text="-b -c -f -d --bytes --characters --fields --delimiter --output-delimiter"),
    ),
    **each("fold fmt", program(text="-w --width -p --prefix -g --goal")),
    **each("expand unexpand", program(text="-t --tabs")),
    **each("paste", program(text="-d --delimiters")),
    **each("column", program(text="-s --separator -o --output-separator -c -N --table-columns")),
    **each("pr", program(text="-l --length -w --width -o --indent -h --header -D -N -W")),
    **each("md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum cksum sum", program(FILE)),
    **each("wc", program(FILE, read="--files0-from")),
    **each("stat readlink realpath", program(text="-c --format --printf --relative-to")),
    **each("od", program(text="-A -j -N -S -t")),
    **each("hexdump hd", program(read="-f", text="-e -n -s")),
    **each("xxd", _xxd),
    **each("file", program(refused="-C --compile", read="-m -f", text="-F -P -e")),
    **each(
        "du",
        program(
            read="--files0-from", text="-d --max-depth -t --exclude -B --time-style", default="."
        ),
    ),
    **each(
        "diff colordiff",
        program(
            read="-X --exclude-from --from-file --to-file -S --starting-file",
            text="-U -C -W -x -I -F -D -L --label --exclude",
        ),
    ),
    **each("cmp", program(text="-i -n --ignore-initial --bytes")),
    **each("sdiff", program(refused="--diff-program", write="-o --output", text="-I -w --width")),
    **each("diff3", program(refused="--diff-program", text="-L --label")),
    **each("comm", program(text="--output-delimiter")),
    **each("join", program(text="-1 -2 -j -o -t -e -v -a")),
    **each("ls dir vdir exa eza lsd", _listing),
    **each(
        "tree",
        program(
            refused="-R", write="-o", text="-L -I -P --charset --filelimit --sort", default="."
        ),
    ),
    **each(
        "sort",
        _lines(
            program(
                refused="--compress-program",
                write="-o --output",
                read="--files0-from --random-source",
                text="-k -t -S -T --key --parallel --batch-size",
            ),
            "urnVhfdz",
        ),
    ),
    **each(
        "shuf",
        program(
            write="-o --output", text="-n -i --head-count --input-range", read="--random-source"
        ),
    ),
    **each("tsort numfmt", program()),
    **each("uniq", _uniq),
    **each("touch", program(WRITE, read="-r --reference", text="-d --date -t --time")),
    **each("mkdir mkfifo", program(WRITE, text="-m --mode -Z --context")),
    **each("tee", program(WRITE)),
    **each("truncate", program(CHANGE, read="-r --reference", text="-s --size")),
    **each("rm unlink rmdir shred trash", _remove),
    **each("chmod", _chmod),
    **each("chown chgrp mknod chattr setfacl setcap", _owner),
    **each("split", _split),
    **each("getfacl lsattr", program()),
    **each("cp", _copy),
    **each("mv", _move),
    **each("install", _install),
    **each("ln link", _link),
    **each("dd", _dd),
    **each("test [", _test),
    **each("pathchk", harmless),
    **each("jq", _filter(_jq)),
    **each("yq", _filter(program(refused="-i --inplace --in-place -s --split-exp"))),
}
