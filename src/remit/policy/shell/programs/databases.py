"""Database clients: a query that only asks looks; a session, a file or anything else is unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.model.groups import HIDDEN, Group
from remit.model.request import Effect
from remit.policy.shell.args import Arg
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import split
from remit.policy.shell.programs.asking import first_word
from remit.policy.shell.programs.clients import client
from remit.policy.shell.programs.spec import asks_itself, each
from remit.policy.shell.sql import only_asks
from remit.policy.wordlist import words

_META = re.compile(
    r"\\(?:d[A-Za-z]*[+S]*|l\+?|dt\+?|conninfo|sf\+?|sv\+?|z|encoding|timing|x)(?: [\w.*\"]+)?"
)


def _asks(text: str) -> bool:
    return only_asks(text) or _META.fullmatch(text.strip()) is not None


def _queried(queries: str, plain: str, listing: str = "", refused: str = "") -> Handler:
    """A client whose ``queries`` options carry SQL; ``plain`` options take a value and choose what
    is asked, ``listing`` ones only list; what it connects to is named by its operands."""
    asking, lists = words(queries), words(listing)
    valued, odd = asking | words(plain), words(refused)

    def handle(inv: Invocation) -> Iterator[Effect]:
        found = split(inv.args, valued)
        texts = [*found.values(*asking)]
        fed = inv.feed.text if not texts and not found.options and inv.feed.text else None
        texts += [fed] if fed else []
        lists_only = not texts and found.has(*lists)
        sure = all(arg.sure for arg in (*inv.args, *texts))
        asks = lists_only or (bool(texts) and all(_asks(text.text) for text in texts))
        if asks_itself(inv):
            yield inv.ran()
        elif sure and asks and not found.may_mean(odd, valued) and inv.feed.text is fed:
            yield inv.looks(Group.REMOTE)
        else:
            yield inv.unknown()

    return handle


_NAMED_FILE = re.compile(r"['\"][^'\"]*[./][^'\"]*['\"]")
"""A table may be a file by its name, to some."""


def _file(valued: str, refused: str, readonly: str) -> Handler:
    """A database in a file: the file is read, or changed, where it lies."""
    options, odd, keeps = words(valued), words(refused), words(readonly)

    def handle(inv: Invocation) -> Iterator[Effect]:
        found = split(_single_dashes(inv.args), options)
        sure = all(arg.sure for arg in inv.args)
        place, texts = found.operands[:1], [arg.text for arg in found.operands[1:]]
        texts += [value.text for value in found.values("-c", "--cmd", "-s", "--command")]
        named = any(_NAMED_FILE.search(text) for text in texts) and inv.name == "duckdb"
        address = any(arg.text.startswith("file:") for arg in place)
        plain = sure and place and not found.may_mean(odd, options) and not (named or address)
        if asks_itself(inv) or [arg.text for arg in inv.args] in (["-version"], ["-help"]):
            yield inv.ran()
        elif plain and texts and all(map(only_asks, texts)):
            yield from inv.reads(*(arg for arg in place if arg.text != ":memory:"))
            yield inv.ran()
        elif plain and found.has(*keeps) and not texts and inv.feed == inv.feed.__class__():
            yield from inv.reads(*place)
            yield inv.ran()
        else:
            yield inv.unknown()

    return handle


def _single_dashes(args: tuple[Arg, ...]) -> tuple[Arg, ...]:
    """``-header`` is one option, not six."""
    return tuple(
        arg._replace(text=f"-{arg.text}") if re.fullmatch(r"-[a-z]{2,}", arg.text) else arg
        for arg in args
    )


_REDIS_ASKS = words(
    "get mget keys scan exists ttl pttl type strlen hget hgetall hmget hkeys hvals hlen hexists "
    "hscan "
    "llen lrange lindex scard smembers sismember sscan zcard zrange zscore zrank zscan zcount xlen "
    "xrange xinfo info dbsize ping time lastsave role memory object client-list randomkey getrange "
    "bitcount pfcount geopos geodist lolwut command latency sunion sinter sdiff zrevrange "
    "zrangebyscore"
)
_REDIS_PAIRS = words("slowlog client config cluster acl latency memory object module pubsub")
_REDIS_SHOWS = words(
    "get list info help slots nodes whoami users doctor usage stats encoding refcount idletime "
    "latest "
    "channels numsub len id getname history cat freq"
)


_REDIS_HIDDEN = re.compile(r"pass|auth|user|[*?\[]", re.IGNORECASE)
"""Settings that are credentials, and patterns, which match them as well."""


def _redis(inv: Invocation) -> Iterator[Effect]:
    found = split(
        inv.args, words("-h -p -n -u -a --user --pass -r -i -s --cert --key --cacert"), ordered=True
    )
    given = [arg.text.lower() for arg in found.operands[:2]]
    hidden = given == ["config", "get"] and _REDIS_HIDDEN.search(inv.line)
    asks = given[:1] and given[0] in _REDIS_ASKS and given[0] not in _REDIS_PAIRS
    shows = len(given) == 2 and given[0] in _REDIS_PAIRS and given[1] in _REDIS_SHOWS
    odd = found.has("--eval", "--pipe", "-x", "--rdb", "--functions-rdb", "-X")
    if asks_itself(inv):
        yield inv.ran()
    elif hidden:
        yield inv.looks(HIDDEN, "redis-cli config get")
    elif (asks or shows) and not odd and all(arg.sure for arg in inv.args):
        yield inv.looks(Group.REMOTE)
    else:
        yield inv.unknown()


_VALUE = r"(?:ObjectId|ISODate|Date|NumberLong|NumberInt|NumberDecimal|Timestamp|UUID|BinData)"
_FLAT = rf"\((?:{_VALUE}\([^;$()`]*+\)|(?!{_VALUE}\()[^;$()`])*+\)"
"""Arguments that call nothing but what makes values."""
_MONGO_ASKS = re.compile(
    r"\s*(?:show (?:dbs|collections|users|databases|tables)"
    r"|db(?:\.[A-Za-z_]\w*|\['\w+'\])*\.(?:find|findOne|count|countDocuments|distinct|stats|getIndexes"
    r"|estimatedDocumentCount|getCollectionNames|serverStatus|version|hostInfo|currentOp|explain"
    rf"|getCollectionInfos|dataSize|totalSize){_FLAT}"
    rf"(?:\.(?:pretty|limit|sort|count|toArray|explain|skip){_FLAT})*|rs\.status\(\)|sh\.status\(\))\s*;?\s*"
)
_MOST_SCRIPT = 4_000


def _mongo(inv: Invocation) -> Iterator[Effect]:
    found = split(
        inv.args,
        words("--eval --host --port -u --username -p --password --authenticationDatabase --db"),
    )
    texts = [*found.values("--eval")]
    asks = bool(texts) and all(
        len(text.text) <= _MOST_SCRIPT
        and "function" not in text.text
        and "=>" not in text.text
        and _MONGO_ASKS.fullmatch(text.text)
        for text in texts
    )
    files = [arg for arg in found.operands if arg.text.endswith(".js")]
    if asks_itself(inv):
        yield inv.ran()
    elif (
        asks and not files and all(arg.sure for arg in inv.args) and not found.has("--shell", "-f")
    ):
        yield inv.looks(Group.REMOTE)
    else:
        yield inv.unknown()


_PSQL = _queried(
    "-c --command",
    "-d --dbname -h --host -p --port -U --username -F --field-separator -P --pset -R -T -v --set "
    "--variable",
    "-l --list",
    "-f --file -o --output -L --log-file -v --set --variable",
)
_MYSQL = _queried(
    "-e --execute",
    "-h --host -P --port -u --user -D --database --default-character-set --protocol -S --socket "
    "--connect-timeout",
    refused="--tee --init-command --plugin-dir --pager --defaults-file --defaults-extra-file "
    "--load-data-local-dir --local-infile",
)
_SQLCMD = _queried(
    "-Q -q --query",
    "-S -d -U -P -s -w -h -t -l --server --database-name --user-name",
    "-L",
    "-i -o --input-file --output-file -v -r",
)
_SQLITE = _file(
    "--separator --nullvalue --newline --vfs --mmap --heap --maxsize --lookaside --pagecache",
    "--init --cmd -A --archive --interactive --append --zip --deserialize --vfs",
    "--readonly",
)
_DUCKDB = _file(
    "-c --cmd -s --separator --nullvalue --newline --c",
    "--init --cmd --interactive -f --file --unsigned --ui",
    "--readonly",
)
_CQLSH = _queried(
    "-e --execute",
    "-u --username -p --password -k --keyspace --request-timeout",
    refused="-f --file --cqlshrc",
)
_CLICKHOUSE = _queried(
    "-q --query",
    "-h --host --port -u --user --password -d --database -f --format",
    refused="--queries-file -i --input-format --multiquery",
)

_MYSQLADMIN = first_word(
    "status ping version processlist extended-status variables",
    valued="-h --host -P --port -u --user -p --password -S --socket --protocol",
    refused="-i --sleep --defaults-file --defaults-extra-file --plugin-dir",
    group=Group.REMOTE,
)
_ETCD = client(
    own="version, help",
    reads="get, endpoint health, endpoint status, endpoint hashkv, member list, alarm list, "
    "lease list, lease timetolive, role list, user list, watch, check perf --help",
    valued="--endpoints --cacert --cert --key --dial-timeout --command-timeout -w --write-out "
    "--prefix-range --limit --rev",
    refused="--user --password",
)

PROGRAMS: dict[str, Handler] = {
    **each("mysqladmin mariadb-admin", _MYSQLADMIN),
    **each("etcdctl", _ETCD),
    **each("psql", _PSQL),
    **each("mysql mariadb", _MYSQL),
    **each("sqlcmd", _SQLCMD),
    **each("sqlite3", _SQLITE),
    **each("duckdb", _DUCKDB),
    **each("redis-cli valkey-cli", _redis),
    **each("mongosh mongo", _mongo),
    **each("cqlsh", _CQLSH),
    **each("clickhouse-client", _CLICKHOUSE),
}
