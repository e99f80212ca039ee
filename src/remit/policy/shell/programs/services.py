"""Clients of vaults, trackers, brokers and backups."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.model.groups import HIDDEN, Group
from remit.model.request import Effect
from remit.policy.shell.args import Arg
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import Split, split
from remit.policy.shell.programs.agents import nested
from remit.policy.shell.programs.clients import client
from remit.policy.shell.programs.spec import each
from remit.policy.wordlist import words

_VAULT = client(
    own="version, -help",
    reads="status, list, kv list, kv metadata get, kv get-metadata, auth list, audit list, "
    "secrets list, "
    "policy list, policy read, token lookup, token capabilities, lease lookup, path-help, "
    "namespace list, plugin list, plugin info, operator members, operator raft list-peers, "
    "operator key-status, operator raft autopilot state, events, monitor, auth help, "
    "version-history",
    secrets="read, kv get, unwrap, token create, print token, login, debug, "
    "operator generate-root, operator init",
    valued="-address -namespace -ns -mount -format -field -version -output-curl-string -wrap-ttl",
    refused="-address -agent-address -ca-cert -ca-path -output-curl-string",
)
_OP = client(
    own="--version, completion, update",
    reads="whoami, item list, vault list, vault get, user list, user get, group list, group get, "
    "account list, account get, document list, events-api list, connect server list, "
    "connect server get, connect token list, service-account ratelimit, vault user list, "
    "vault group list, group user list, item template list, item template get, plugin list",
    secrets="item get, read, inject, document get, run, signin, connect token create, user "
    "provision, "
    "item share, service-account create, plugin run",
    valued="--account --vault --format --config --session --cache",
    refused="--session --config",
)
_BW = client(
    reads="status, list folders, list collections, list organizations, sync --last",
    secrets="get, list items, unlock, export, login",
    own="--version, help",
)
_PASS = client(
    reads="ls, list, find, search, show --help",
    secrets="show, grep, otp, cat, get",
    own="version, help",
    group=Group.MACHINE,
)
_DOPPLER = client(
    own="--version, help",
    reads="me, =configs, configs list, configs get, =projects, projects list, "
    "projects get, =environments, environments list, environments get, =configure, configure get, "
    "configs logs, =activity, activity get, =settings, =workplace, =feature-flags",
    secrets="=secrets, secrets get, secrets list, secrets download, run, configs tokens, "
    "configs tokens create, configure --all",
    valued="-p --project -c --config -t --token --scope --api-host",
    refused="-t --token --api-host",
)
_INFISICAL = client(reads="user get, --version", secrets="secrets, secrets get, export, run, token")
_SOPS = client(reads="filestatus", own="--version", secrets="decrypt, -d, exec-env, exec-file")
_CHAMBER = client(reads="list, list-services, history, find", secrets="read, export, exec, env")

_METHOD = ("-X", "--method")


_QUERY = re.compile(r"query=\s*(?:query\b|\{)(?!.*\b(?:mutation|subscription)\b).*", re.DOTALL)


def _only_queries(found: Split) -> bool:
    """GraphQL is always sent; a query changes nothing. A value that begins with ``@`` is a file."""
    fields = [
        field.text for field in found.values("-f", "--raw-field", "-F", "--field") if field.text
    ]
    queries = [field for field in fields if field.startswith("query=")]
    files = any("=@" in field for field in fields)
    plain = not files and not found.has("--input")
    return plain and len(queries) == 1 and _QUERY.fullmatch(queries[0]) is not None


def _gh(inv: Invocation, found: Split) -> str:
    """``gh api`` looks as long as it sends nothing."""
    given = [arg.text for arg in found.operands]
    names = {option.name for option in found.options}
    if given[0] == "api":
        methods = [value.text.upper() for value in found.values(*_METHOD)]
        sends = names & {"-f", "-F", "--field", "--raw-field", "--input"}
        if given[1:2] == ["graphql"] and not methods and _only_queries(found):
            return "another host" if names & {"--hostname"} else ""
        if any(method not in ("GET", "HEAD") for method in methods) or (sends and not methods):
            return "sends something"
        return "another host" if names & {"--hostname"} else ""
    if given[:2] == ["auth", "status"] and names & {"-t", "--show-token"}:
        return HIDDEN
    return "writes or opens something" if names & {"-w", "--web"} else ""


_GH = client(
    own="version, --version, help, completion, alias list, extension list, ext list, config list, "
    "config get, extensions list",
    reads="status, auth status, pr list, pr ls, pr view, pr diff, pr checks, pr status, issue "
    "list, "
    "issue ls, issue view, issue status, repo list, repo ls, repo view, run list, run ls, run "
    "view, "
    "run watch, release list, release ls, release view, workflow list, workflow ls, workflow view, "
    "gist list, gist ls, gist view, label list, label ls, secret list, secret ls, variable list, "
    "variable ls, variable get, search, api, extension search, ext search, cache list, cache ls, "
    "codespace list, codespace ls, codespace logs, codespace view, codespace ports, cs list, cs "
    "ls, "
    "cs logs, cs view, cs ports, org list, org ls, "
    "project list, project ls, project view, project item-list, project field-list, ruleset list, "
    "ruleset ls, ruleset view, ruleset check, rs list, rs view, rs check, ssh-key list, ssh-key "
    "ls, "
    "gpg-key list, gpg-key ls, attestation verify, attestation trusted-root, release verify, "
    "repo deploy-key list, repo deploy-key ls, repo autolink list, repo autolink view, "
    "repo license list, repo license view, repo gitignore list, repo gitignore view, "
    "issue develop --list, agent-task list, agent-task view, preview prompter, repo read-file",
    secrets="auth token",
    valued="-R --repo -L --limit -s --state -q --jq -t --template --json -X --method -H --header "
    "-f --raw-field -F --field --input -b --branch -a --assignee -l --label -S --search -A "
    "--author "
    "--hostname --cache -p --preview -j --job --attempt -w --workflow -u --user -e --event -o "
    "--org "
    "-B --base --env -c --codespace --owner --sort --order -i --interval -k --key --visibility",
    odd=_gh,
)
_GLAB = client(
    own="version, help, alias list, config get, completion",
    reads="mr list, mr view, mr diff, mr approvers, mr issues, issue list, issue view, issue "
    "board view, "
    "repo list, repo view, repo search, repo contributors, project list, project view, ci list, "
    "ci view, "
    "ci status, ci trace, ci get, pipeline list, pipeline status, release list, release view, "
    "label list, variable list, schedule list, snippet list, user events, incident list, "
    "milestone list, "
    "auth status, ssh-key list, deploy-key list, cluster agent list, iteration list, ci lint, job "
    "list",
    secrets="variable get, variable export, token list, config get token",
    valued="-R --repo -P --per-page -p --page -F --output -a --assignee -l --label --author",
    refused="-w --web -t --show-token",
)
_KAFKA_LOOKS = words(
    "--list --describe --version --help --state --members --offsets --verbose --all-groups "
    "--all-topics --exclude-internal --under-replicated-partitions --unavailable-partitions "
    "--under-min-isr-partitions --at-min-isr-partitions --topics-with-overrides --all "
    "--from-beginning"
)
_KAFKA_VALUED = words(
    "--bootstrap-server --zookeeper --broker-list --topic --group --entity-type --entity-name "
    "--timeout --partitions --partition --time --max-messages --offset --timeout-ms --principal "
    "--cluster"
)


def _kafka(inv: Invocation) -> Iterator[Effect]:
    """Its scripts take everything as options; only those that look are known."""
    found = split(inv.args, _KAFKA_VALUED)
    names = {option.name for option in found.options}
    asks = bool(names & {"--list", "--describe", "--version", "--help"})
    asks = asks or inv.name.removesuffix(".sh") in _KAFKA_ALWAYS
    plain = all(arg.sure for arg in inv.args) and not found.operands
    if asks and plain and names <= _KAFKA_LOOKS | _KAFKA_VALUED:
        yield inv.looks(Group.REMOTE)
    else:
        yield inv.unknown()


_KAFKA_ALWAYS = words(
    "kafka-broker-api-versions kafka-get-offsets kafka-log-dirs kafka-console-consumer"
)
_KAFKA = (
    "kafka-topics kafka-consumer-groups kafka-acls kafka-configs kafka-broker-api-versions "
    "kafka-get-offsets kafka-log-dirs kafka-console-consumer kafka-reassign-partitions "
    "kafka-features"
)


_NATS = client(
    own="--version, help",
    reads="stream info, stream ls, stream list, stream report, stream view, stream get, stream "
    "state, "
    "stream find, stream subjects, stream graph, consumer info, consumer ls, consumer list, "
    "consumer report, consumer graph, kv ls, kv list, kv get, kv history, kv status, kv info, "
    "kv watch, object ls, object info, "
    "server info, server ls, server list, server ping, server report, server check, account info, "
    "account report, context ls, context list, context info, context show, bucket list, rtt, "
    "events, "
    "errors, bench --help, service ls, service info, schema ls, schema info, latency --help, str "
    "ls, "
    "str info, con ls, con info, server stream-check, micro ls, micro info",
    valued="-s --server --context --user --password --creds --nkey --timeout",
    refused="-s --server --creds --nkey --password",
)
_RABBIT = client(
    own="version, help",
    reads="status, list_queues, list_exchanges, list_bindings, list_connections, list_channels, "
    "list_consumers, list_users, list_vhosts, list_permissions, cluster_status, environment, ping, "
    "list_policies, list_user_permissions, list_topic_permissions, report, node_health_check, "
    "list queues, list exchanges, list bindings, list connections, list users, list vhosts, show "
    "overview, "
    "list_parameters, list_feature_flags, list_unresponsive_queues, check_running, list nodes",
    valued="-n --node -t --timeout -p --vhost -H --host -u --username -V",
)
_RCLONE = client(
    own="version, help, listremotes, config file, config providers, config features, config paths",
    reads="ls, lsd, lsl, lsf, lsjson, about, size, check, cryptcheck, hashsum, md5sum, sha1sum, "
    "tree, "
    "cat, backend features, checksum",
    secrets="config show, config dump, obscure, reveal, config userinfo",
    valued="--config --max-depth --include --exclude --filter --transfers --checkers --bwlimit "
    "--format",
    refused="--config --password-command",
)
_RESTIC = client(
    own="version, help",
    reads="snapshots, ls, find, stats, diff, check, cat config, cat snapshot, list, features, "
    "options",
    secrets="cat masterkey, key list",
    valued="-r --repo --repository-file -p --password-file --host -H --tag --path -o --option "
    "--cacert "
    "--json --limit-download --cache-dir",
    refused="--password-command -o --option --cacert --tls-client-cert",
)
_BORG = client(
    own="-V, version, help, --version",
    reads="list, info, diff, check, benchmark --help, repo-list, repo-info, rlist, rinfo",
    secrets="key export, config",
    valued="--remote-path --rsh --format --last --first -P --prefix -a --glob-archives",
    refused="--remote-path --rsh --repair",
)
_BORG_VALUED = words("-C --compression --exclude -e --comment --checkpoint-interval")
_BORG_PLAIN = words(
    "-s --stats -p --progress -v --verbose -n --dry-run --list --json -C --compression --exclude "
    "-e --exclude-caches -x --one-file-system --comment --info --show-rc"
)
_ARCHIVE = re.compile(r"([^:@]+)::[\w.{}:+-]+")


def _borg(inv: Invocation) -> Iterator[Effect]:
    """``borg create store::name folder`` reads the folder and writes to a store that is here."""
    found = split(inv.args, _BORG_VALUED)
    given = found.operands
    store = _ARCHIVE.fullmatch(given[1].text) if len(given) > 2 and given[1].sure else None
    plain = all(option.name in _BORG_PLAIN for option in found.options)
    if given[:1] and given[0].text == "create" and store and plain:
        yield from inv.writes(Arg(store[1]), Arg(f"{store[1].rstrip('/')}/**", True, True))
        yield from inv.reads(*given[2:])
        yield inv.ran()
    else:
        yield from _BORG(inv)


_VELERO = client(
    own="version, help, completion",
    verbs=r"get|describe|logs",
    reads="get, describe, backup logs, restore logs, client config get",
)
_GITLAB_RUNNER = client(own="--version, help", reads="list, status, verify", refused="--delete")
_CIRCLE = client(
    verbs=r"list|info|show|validate",
    own="version, help, config validate, config process, diagnostic",
    reads="info, info org, orb list, orb info, orb source, context list, runner resource-class "
    "list, "
    "runner instance list, policy diff, context show, pipeline list, project secret "
    "list",
)
_ATLAS = client(
    verbs=r"list|describe|ls|get|logs|whoami|inspect", reads="auth whoami, list, describe"
)
_TSH = client(
    reads="status, ls, apps ls, db ls, kube ls, version, clusters, sessions ls, recordings ls",
    own="version, help",
)
_JIRA = client(
    reads="issue list, issue view, sprint list, epic list, board list, project list, me, "
    "serverinfo, release list, open --help",
    valued="-p --project -c --config",
)
_SNYK = client(
    reads="test, monitor --help, whoami", own="--version, help", secrets="config get api"
)
_TAILSCALE = client(
    reads="status, ip, netcheck, ping, version, whois, dns status, serve status, "
    "funnel status, metrics print, exit-node list",
    own="version, licenses",
)


def _gh_or_agent(inv: Invocation) -> Iterator[Effect]:
    """``gh copilot`` starts an agent."""
    if inv.args and inv.args[0].text == "copilot":
        yield nested(inv, "copilot")
    else:
        yield from _GH(inv)


PROGRAMS: dict[str, Handler] = {
    **each("vault bao", _VAULT),
    **each("op", _OP),
    **each("bw", _BW),
    **each("pass gopass", _PASS),
    **each("doppler", _DOPPLER),
    **each("infisical", _INFISICAL),
    **each("sops", _SOPS),
    **each("chamber", _CHAMBER),
    **each("gh", _gh_or_agent),
    **each("glab", _GLAB),
    **each(_KAFKA, _kafka),
    **each(" ".join(f"{name}.sh" for name in _KAFKA.split()), _kafka),
    **each("nats", _NATS),
    **each("rabbitmqctl rabbitmqadmin rabbitmq-diagnostics", _RABBIT),
    **each("rclone", _RCLONE),
    **each("restic", _RESTIC),
    **each("borg", _borg),
    **each("borgmatic", _BORG),
    **each("velero", _VELERO),
    **each("gitlab-runner", _GITLAB_RUNNER),
    **each("circleci", _CIRCLE),
    **each("atlas mongocli", _ATLAS),
    **each("tsh", _TSH),
    **each("jira", _JIRA),
    **each("snyk", _SNYK),
    **each("tailscale", _TAILSCALE),
}
