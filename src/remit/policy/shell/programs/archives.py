"""Programs that pack and unpack. What an archive holds is not known: unpacking writes anywhere
below its folder."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from remit.model.request import Effect
from remit.policy.shell.args import Arg
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import Split, split
from remit.policy.shell.programs.spec import each, program
from remit.policy.wordlist import words

_TAR_VALUED = words(
    "-f --file -C --directory --exclude -T --files-from -X --strip-components --transform "
    "-b --exclude-from -I --use-compress-program --mode --owner --group --mtime --sort --format"
)
_TAR_PLAIN = words(
    "-c -t -r -u -d -x -f -v -z -j -J -C -T -X -h -p -a -O -k -m -b -I -Z -w --create --list "
    "--append --update --diff --compare --extract --get --file --directory --exclude --verbose "
    "--gzip --bzip2 --xz --zstd --lzma --auto-compress --exclude-vcs --exclude-from --files-from "
    "--strip-components --wildcards --no-wildcards --anchored --owner --group --numeric-owner "
    "--mtime --sort --format --no-recursion --totals --checkpoint --dereference --to-stdout "
    "--ignore-failed-read --use-compress-program --mode --posix --null --no-xattrs"
)
"""What runs nothing, and leads to no other place."""
_COMPRESSORS = words("gzip bzip2 xz zstd lz4 lzma pigz pbzip2 lzip lzop compress unzstd gunzip")
_ACTIONS = {
    **dict.fromkeys(words("-t --list -d --diff --compare"), "list"),
    **dict.fromkeys(words("-c --create -r --append -u --update"), "create"),
    **dict.fromkeys(words("-x --extract --get"), "extract"),
}


def _tar(inv: Invocation) -> Iterator[Effect]:
    args = inv.args
    if args and args[0].sure and args[0].text[:1].isalpha():
        args = tuple(_new_style(args[0].text, list(args[1:])))
    found = split(args, _TAR_VALUED)
    archives = tuple(arg for arg in found.values("-f", "--file") if arg.text != "-")
    actions = {_ACTIONS[option.name] for option in found.options if option.name in _ACTIONS}
    unsure = any(not arg.sure for arg in args) or len(actions) != 1
    if [arg.text for arg in inv.args] in (["--version"], ["--help"]):
        yield inv.ran()
    elif unsure or _runs(found) or any(":" in arg.text for arg in archives):
        yield inv.unknown()
    elif "list" in actions:
        yield from inv.reads(*archives)
        yield inv.ran()
    else:
        folders = tuple(found.values("-C", "--directory"))
        yield from _packed(inv, found, archives, folders, actions)


def _new_style(letters: str, rest: list[Arg]) -> Iterator[Arg]:
    """``tar cfC a.tar src``: the values come after all the letters, in their order."""
    for letter in letters:
        option = f"-{letter}"
        yield Arg(option)
        if option in _TAR_VALUED and rest:
            yield rest.pop(0)
    yield from rest


def _runs(found: Split) -> bool:
    compressors = found.values("-I", "--use-compress-program")
    odd = any(arg.text.split(" ")[0] not in _COMPRESSORS for arg in compressors)
    return odd or any(option.name not in _TAR_PLAIN for option in found.options)


def _packed(
    inv: Invocation,
    found: Split,
    archives: tuple[Arg, ...],
    folders: tuple[Arg, ...],
    actions: set[str],
) -> Iterator[Effect]:
    if len(folders) > 1 or any(folder.wild for folder in folders):
        yield inv.unknown(f"{inv.name} in several folders")
        return
    place = folders[0].text if folders else "."
    if "create" in actions:
        yield from inv.writes(*archives)
        yield from inv.reads(*(_below(place, arg) for arg in found.operands))
        yield from inv.reads(*found.values("-X", "--exclude-from"))
        if found.has("-T", "--files-from"):
            yield inv.unknown(f"{inv.name} of files that a list names")
        yield inv.ran()
    elif found.has("-O", "--to-stdout"):
        yield from inv.reads(*archives)
        yield inv.ran()
    else:
        yield from inv.reads(*archives)
        yield from _unpacked(inv, place)


def _below(place: str, arg: Arg) -> Arg:
    if place == ".":
        return arg
    written = arg.text.removeprefix("@")
    plain = not written.startswith(("~", "./~"))
    return Arg(posixpath.join(place, written), arg.sure and plain, arg.wild)


def _unpacked(inv: Invocation, place: str) -> Iterator[Effect]:
    """A folder ``.git`` in the archive would steer the next git command there."""
    yield from inv.writes(Arg(f"{place.rstrip('/') or '/'}/**", True, True))
    yield inv.unknown(f"{inv.name} unpacking")


_UNZIP_PLAIN = re.compile(r"-[oqnjuLaC]+|-d.*|-x|-P")


def _unzip(inv: Invocation) -> Iterator[Effect]:
    found = split(inv.args, frozenset({"-d", "-x", "-P"}))
    plain = all(arg.text[:1] != "-" or _UNZIP_PLAIN.fullmatch(arg.text) for arg in inv.args)
    if [arg.text for arg in inv.args] in (["-h"], ["-hh"], ["-v"]):
        yield inv.ran()
    elif found.has("-l", "-t", "-v", "-z", "-Z", "-p", "-c") and not found.has("-d"):
        yield from inv.reads(*found.operands[:1])
        yield inv.ran()
    elif plain and found.operands and all(arg.sure for arg in inv.args):
        yield from inv.reads(found.operands[0])
        yield from _unpacked(inv, next(found.values("-d"), Arg(".")).text)
    else:
        yield inv.unknown(f"{inv.name} unpacking")


_SQUEEZE_PLAIN = re.compile(
    r"-[cdfklnqrtvzhVSNTe0-9]|--(?:stdout|to-stdout|decompress|uncompress|force|keep|list|no-name"
    r"|quiet|recursive|test|verbose|fast|best|compress|suffix|threads|extreme|name|help|version|rm)"
)


def _squeeze(inv: Invocation) -> Iterator[Effect]:
    found = split(inv.args, frozenset({"-S", "--suffix"}))
    if not all(_SQUEEZE_PLAIN.fullmatch(option.name) for option in found.options):
        yield inv.unknown()
    yield from inv.reads(*found.operands)
    if not found.has("-c", "--stdout", "--to-stdout", "-l", "--list", "-t", "--test"):
        yield from inv.deletes(*found.operands)
        for arg in found.operands:
            yield from inv.writes(Arg(_repacked(arg.text), arg.sure, arg.wild))
    if found.has("-N", "--name"):
        yield inv.unknown(f"{inv.name} -N")
    yield inv.ran()


def _repacked(name: str) -> str:
    """The name of a file after it was packed or unpacked, near enough for its folder."""
    stem, dot, ending = name.rpartition(".")
    return stem if dot and ending in ("gz", "bz2", "xz", "zst", "tgz") else f"{name}.gz"


_ZIP_PLAIN = re.compile(
    r"-[rqjxiufvyXDodeghnF0-9]"
    r"|--(?:recurse-paths|quiet|junk-paths|exclude|include|update|symlinks|verbose|grow|delete|help)"
)
"""Of the other options some move files, keep a record or run what they are given."""


def _zip(inv: Invocation) -> Iterator[Effect]:
    found = split(inv.args, frozenset({"-x", "-i", "-n", "-b"}))
    if not all(_ZIP_PLAIN.fullmatch(option.name) for option in found.options):
        yield inv.unknown()
    yield from inv.writes(*found.operands[:1])
    yield from inv.reads(*found.operands[1:])
    yield inv.ran()


def _seven(inv: Invocation) -> Iterator[Effect]:
    """7-Zip: its first word says what it does; what it unpacks it writes below ``-o``."""
    given = [arg.text for arg in inv.args]
    named = [text for text in given[1:] if text[:1] not in "-@"]
    places = [text[2:] for text in given if text.startswith("-o")]
    listed = any(re.match(r"@|-[ix].*@", text) for text in given)
    if listed or not all(arg.sure for arg in inv.args):
        yield inv.unknown()
    elif not given or given[0] in ("-h", "--help", "b", "i"):
        yield inv.ran()
    elif given[0] in ("l", "t", "h") and not places:
        yield from inv.reads(*map(Arg, named))
        yield inv.ran()
    elif (
        given[0] in ("x", "e")
        and len(places) <= 1
        and set(given) <= _SEVEN_PLAIN | {*named} | {f"-o{place}" for place in places}
    ):
        yield from inv.reads(*map(Arg, named[:1]))
        yield from _unpacked(inv, places[0] if places else ".")
    elif given[0] == "a" and set(given) <= _SEVEN_PLAIN | {*named, "a"}:
        yield from inv.writes(*map(Arg, named[:1]))
        yield from inv.reads(*map(Arg, named[1:]))
        yield inv.ran()
    else:
        yield inv.unknown(f"{inv.name} {given[0]}")


_SEVEN_PLAIN = words("x e -y -aoa -aos -bd -r -mx -mx=9 -tzip -t7z -ttar")


PROGRAMS: dict[str, Handler] = {
    **each("tar bsdtar gtar", _tar),
    **each("gzip gunzip bzip2 bunzip2 xz unxz zstd unzstd", _squeeze),
    **each("zip", _zip),
    **each("unzip", _unzip),
    **each("zipinfo", program()),
    **each("7z 7zz 7za 7zr", _seven),
}
