"""Programs that reach other machines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from remit.model.groups import Group
from remit.model.request import Effect, EffectKind
from remit.policy.shell.args import Arg
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import Split, may_mean, split
from remit.policy.shell.programs.spec import each, reading
from remit.policy.wordlist import words

_CURL_VALUED = words(
    "-X --request -H --header -d --data --data-raw --data-binary --data-urlencode --json -o "
    "--output -u --user -A --user-agent -e --referer -b --cookie -c --cookie-jar -F --form "
    "-T --upload-file -w --write-out -m --max-time --connect-timeout --retry --retry-delay "
    "-x --proxy --cacert --cert --key -K --config -D --dump-header --url --resolve -r "
    "--range -Y -y -z --output-dir --limit-rate -E --trace --trace-ascii --stderr "
    "--netrc-file --unix-socket --interface --max-redirs -C --create-file-mode "
    "--oauth2-bearer -Q --quote --connect-to --doh-url --socks5 --preproxy --libcurl --hsts "
    "--alt-svc --etag-save --etag-compare --ssl-sessions --trace-config --engine --proxy1.0 "
    "--socks4 --socks4a --socks5-hostname --dns-servers --ipfs-gateway --capath --pubkey --crlfile "
    "--variable --abstract-unix-socket"
)
_CURL_READS = (
    *("-T", "--upload-file", "--cacert", "--cert", "--key", "--netrc-file", "-E"),
    *("--etag-compare", "--capath", "--pubkey", "--crlfile"),
)
_CURL_WRITES = (
    "-o",
    "--output",
    "-D",
    "--dump-header",
    "-c",
    "--cookie-jar",
    "--trace",
    "--trace-ascii",
    "--stderr",
    "--libcurl",
    "--etag-save",
    "--hsts",
    "--alt-svc",
    "--ssl-sessions",
)
_CURL_ODD = (
    "-K",
    "--config",
    "--unix-socket",
    "-x",
    "--proxy",
    "--connect-to",
    "--resolve",
    "--preproxy",
    "--socks5",
    "--doh-url",
    "-Q",
    "--quote",
    "--output-dir",
    "--engine",
    "--proxy1.0",
    "--socks4",
    "--socks4a",
    "--socks5-hostname",
    "--dns-servers",
    "--ipfs-gateway",
    "--variable",
    "--abstract-unix-socket",
)
_CURL_WHOLE = words("--netrc --head --ssl --data-ascii")
"""Options that are themselves the beginnings of others."""
_DATA = (
    "-d",
    "--data",
    "--data-binary",
    "--data-urlencode",
    "--json",
    "-F",
    "--form",
    "--data-ascii",
    "-H",
    "--header",
)
_FILE_DATA = re.compile(r"(?:^|[=;])[@<]([^;]+)")


def host_of(arg: Arg) -> str:
    """The host a URL names, ``*`` where it is computed or unreadable."""
    if not arg.sure or arg.wild:
        return "*"
    text = arg.text if "://" in arg.text else f"//{arg.text}"
    try:
        parts = urlsplit(text)
        return (parts.hostname or "*").lower() if parts.scheme != "file" else "*"
    except ValueError:
        return "*"


def _curl(inv: Invocation) -> Iterator[Effect]:
    found = split(inv.args, _CURL_VALUED)
    sends = _sends(found) or not all(arg.sure for arg in inv.args)
    for target in (*found.operands, *found.values("--url")):
        yield from _reached(inv, target, sends)
        if found.has("-O", "--remote-name", "--remote-name-all"):
            yield from inv.writes(Arg(target.text.rstrip("/").rsplit("/", 1)[-1], target.sure))
    yield from inv.reads(*found.values(*_CURL_READS))
    cookies = found.values("-b", "--cookie")
    yield from inv.reads(*(value for value in cookies if "=" not in value.text))
    yield from inv.writes(*found.values(*_CURL_WRITES))
    for data in found.values(*_DATA):
        match = _FILE_DATA.search(data.text)
        if match:
            yield from inv.reads(Arg(match[1], data.sure))
    formats = tuple(found.values("-w", "--write-out"))
    if any("%output" in text.text or text.text.startswith("@") for text in formats):
        yield inv.unknown(f"{inv.name} -w")
    marked = (*_CURL_READS, *_CURL_WRITES, *_CURL_ODD)
    begun = [one.name for one in found.options if one.name not in _CURL_VALUED | _CURL_WHOLE]
    if any(may_mean(name, marked) for name in begun):
        yield inv.unknown(f"{inv.name} with an option cut short")
    if found.has(*_CURL_ODD) or found.has("-J", "--remote-header-name"):
        yield inv.unknown(f"{inv.name} by another way")
    yield inv.ran()


_CURL_SENDS = (
    *["-d", "--data", "--data-raw", "--data-binary", "--data-urlencode", "--data-ascii", "--json"],
    *[
        "-F",
        "--form",
        "--form-string",
        "-T",
        "--upload-file",
        "--mail-from",
        "--mail-rcpt",
        "--url-query",
    ],
)
_LOOKING = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def _sends(found: Split) -> bool:
    """Whether curl hands something over or asks for a change; ``-G`` puts data into the URL."""
    methods = {value.text.upper() for value in found.values("-X", "--request")}
    cookies = any("=" not in value.text for value in found.values("-b", "--cookie"))
    short = any(_is_begun(option.name) for option in found.options)
    return cookies or short or found.has(*_CURL_SENDS) or not methods <= _LOOKING


def _is_begun(name: str) -> bool:
    """Whether ``name`` may stand for an option of which it is only the beginning."""
    whole = (*_CURL_SENDS, "--request", "--cookie")
    return name not in whole and may_mean(name, whole)


_RAW = re.compile(r"(?!https?:|ftps?:|file:)[A-Za-z][A-Za-z0-9+.-]*://")
"""Schemes by which an address is a message."""


def _reached(inv: Invocation, target: Arg, sends: bool) -> Iterator[Effect]:
    looks = not sends and target.sure and "@" not in target.text
    looks = looks and not _RAW.match(target.text)
    yield inv.effect(EffectKind.FETCH if looks else EffectKind.CONNECT, host_of(target))


_WGET_VALUED = words(
    "-O --output-document -o --output-file -a -P --directory-prefix -i --input-file -U "
    "--user-agent -t --tries -T --timeout -w --header --post-data --post-file --body-file "
    "-e --execute -l --level -A -R -D --load-cookies --save-cookies --ca-certificate --user "
    "--password"
)


_WGET_SENDS = words("--post-data --post-file --body-data --body-file --method")


def _wget(inv: Invocation) -> Iterator[Effect]:
    found = split(inv.args, _WGET_VALUED)
    sends = found.may_mean(_WGET_SENDS) or not all(arg.sure for arg in inv.args)
    for target in found.operands:
        yield from _reached(inv, target, sends)
    outputs = tuple(found.values("-O", "--output-document"))
    yield from inv.writes(*(arg for arg in outputs if arg.text != "-"))
    yield from inv.writes(*found.values("-o", "-a", "--save-cookies"))
    yield from inv.reads(*found.values("-i", "--post-file", "--body-file", "--load-cookies"))
    if not outputs and not found.has("--spider"):
        folder = next(found.values("-P", "--directory-prefix"), Arg("."))
        yield from inv.writes(Arg(f"{folder.text}/*", folder.sure, True))
    if found.has("-e", "--execute", "-i", "--input-file", "--use-askpass"):
        yield inv.unknown(f"{inv.name} by another way")
    yield inv.ran()


_SSH_VALUED = words("-p -P -i -o -l -F -J -L -R -D -b -c -e -m -S -W -w -E -B -I -O -Q")
_REMOTE = re.compile(r"(?:[^/@]+@)?([^/:@]+):")


def _ssh(inv: Invocation) -> Iterator[Effect]:
    found = split(inv.args, _SSH_VALUED, ordered=True)
    host = found.operands[0].text.rsplit("@", 1)[-1] if found.operands else "*"
    if [arg.text for arg in inv.args] == ["-V"]:
        yield inv.ran()
        return
    yield inv.effect(
        EffectKind.CONNECT, host.lower() if found.operands[:1] and found.operands[0].sure else "*"
    )
    yield inv.unknown()


def _scp(inv: Invocation) -> Iterator[Effect]:
    short = "".join(arg.text[1:] for arg in inv.args if re.fullmatch(r"-[a-zA-Z]+", arg.text))
    if inv.name == "rsync" and _plain_rsync(inv):
        rehearses = "n" in short or "--dry-run" in inv.line.split()
        yield from _mirrored(inv, split(inv.args).operands, rehearses=rehearses)
        return
    for arg in split(inv.args, _SSH_VALUED).operands:
        remote = _REMOTE.match(arg.text)
        if remote:
            yield inv.effect(EffectKind.CONNECT, remote[1].lower())
        elif arg.text.startswith(("rsync://", "scp://", "sftp://")):
            yield inv.effect(EffectKind.CONNECT, host_of(arg))
        else:
            yield from inv.reads(arg)
    yield inv.unknown()


_RSYNC_PLAIN = re.compile(
    r"-[avrnztuchiPlpgoDHAXSxqW]+|--(?:dry-run|archive|verbose|recursive|checksum|delete\S*|stats|progress"
    r"|itemize-changes|human-readable|exclude=\S+|include=\S+|update|partial|quiet|version|help|links|times|perms|size-only|info=\S+)"
)


def _plain_rsync(inv: Invocation) -> bool:
    """Between folders of this machine, with options that run nothing."""
    return all(
        arg.sure
        and (_RSYNC_PLAIN.fullmatch(arg.text) or arg.text[:1] != "-")
        and ":" not in arg.text
        for arg in inv.args
    )


def _mirrored(inv: Invocation, operands: tuple[Arg, ...], *, rehearses: bool) -> Iterator[Effect]:
    """Files of the first folders come to lie below the last; what is only there may go."""
    last = len(operands) > 1 and not rehearses
    yield from inv.reads(*(operands[:-1] if last else operands))
    if last:
        below = Arg(f"{operands[-1].text.rstrip('/') or '/'}/**", True, True)
        yield from inv.writes(operands[-1], below)
        yield from inv.deletes(*([below] if "--del" in inv.line else ()))
    yield inv.ran()


def _anywhere(inv: Invocation) -> Iterator[Effect]:
    """Speaks to another machine in its own way."""
    asked = inv.args and all(arg.text in ("--version", "--help", "-h", "-V") for arg in inv.args)
    if asked:
        yield inv.ran()
        return
    operands = split(inv.args).operands
    host = (
        operands[0].text.lower()
        if operands and operands[0].sure and "." in operands[0].text
        else "*"
    )
    yield inv.effect(EffectKind.CONNECT, host)
    yield inv.unknown()


def addressed(inv: Invocation) -> Iterator[Effect]:
    """Addresses among the arguments are asked, whatever option they belong to."""
    for arg in inv.args:
        _, mark, _ = arg.text.partition("://")
        if mark:
            text = (
                arg.text.partition("=")[2] if arg.text.startswith("--") and "=" in arg.text else ""
            )
            yield inv.effect(EffectKind.FETCH, host_of(Arg(text or arg.text, arg.sure)))


_PIP_READS = reading("list show freeze check --version help config debug inspect hash")


def pip(inv: Invocation) -> Iterator[Effect]:
    """pip and its likes: reading is free, the rest changes what is installed."""
    words = [arg.text for arg in inv.args if not arg.text.startswith("-")]
    yield from addressed(inv)
    if words[:2] == ["index", "versions"] and all(arg.sure for arg in inv.args):
        yield inv.looks(Group.REMOTE, f"{inv.name} index versions")
    elif words[:1] in (
        ["install"],
        ["download"],
        ["wheel"],
        ["uninstall"],
        ["search"],
        ["index"],
        ["add"],
        ["sync"],
    ):
        if words[0] != "uninstall":
            yield inv.effect(EffectKind.CONNECT, "*")
        yield inv.unknown(f"{inv.name} {words[0]}")
    elif words[:1] == ["config"] and words[1:2] not in (["list"], ["get"], ["debug"]):
        yield inv.unknown(f"{inv.name} config")
    else:
        yield from _PIP_READS(inv)


def _mail(inv: Invocation) -> Iterator[Effect]:
    yield inv.effect(EffectKind.CONNECT, "*")
    yield inv.unknown()


PROGRAMS: dict[str, Handler] = {
    **each("curl", _curl),
    **each("wget", _wget),
    **each("ssh autossh mosh sshpass", _ssh),
    **each("scp sftp rsync", _scp),
    **each("nc ncat netcat telnet ftp lftp socat nmap", _anywhere),
    **each("http https xh aria2c", _anywhere),
    **each("influx mysqldump pg_dump pg_restore", _anywhere),
    **each("mail sendmail mutt", _mail),
    **each("pip", pip),
}
