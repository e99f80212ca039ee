"""Cloud clients: which of their commands look, which print credentials."""

from __future__ import annotations

import re

from remit.model.groups import HIDDEN
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import Split
from remit.policy.shell.programs.clients import client
from remit.policy.shell.programs.spec import each

_AWS_SECRETS = re.compile(
    r"(?:get|list|describe)-(?:secret-value|login|login-password|session-token|federation-token"
    r"|role-credentials|password-data|authorization-token|cluster-credentials\S*|credentials\S*"
    r"|access-token\S*|service-specific-credentials|token|random-password|user-pool-client"
    r"|instance-access-details|certificate-and-key|bucket-website-secret)"
    r"|batch-get-secret-value|assume-role\S*|generate-\S*|export-credentials|decrypt|presign"
)
_AWS_LOOKS = re.compile(
    r"(?:describe|list|get|head|lookup|search|scan|select|filter|estimate|simulate|validate"
    r"|preview|verify|batch-get|batch-describe|batch-check|check|count|discover|view|query|detect)"
    r"(?:-[a-z0-9-]+)?|ls|wait|tail|test-(?:dns-answer|event-pattern|metric-filter|identity-provider)"
    r"|receive-message|transact-get-items"
)
_AWS_FILES = re.compile(
    r"get-(?:object|object-torrent|job-output|export|sdk|media\S*|clip|snapshot-block|archive\S*"
    r"|log-object|package-version-asset|blob|document-path|cost-allocation-tag|thing-shadow"
    r"|(?:hosted-|latest-)?configuration(?:-version)?|work-unit-results|map-\S+|image-frame|read-set"
    r"|reference|code-binding-source|raw-message-content|profile|glyphs|sprites|tile)"
    r"|select-object-content"
)
"""They write what they get into a file that is their last word."""


def _aws(inv: Invocation, found: Split) -> str:
    service = found.operands[0].text
    command = found.operands[1].text if len(found.operands) > 1 else ""
    if service == "configure":
        name = found.operands[2].text if len(found.operands) > 2 else ""
        return HIDDEN if re.search(r"secret|token|key", name) else ""
    if service == "ssm" and any(option.name == "--with-decryption" for option in found.options):
        return HIDDEN
    if command == "get-random-password":
        return ""
    if _AWS_SECRETS.fullmatch(command):
        return HIDDEN
    return "writes a file" if _AWS_FILES.fullmatch(command) else ""


_AWS = client(
    own="configure list-profiles, help",
    reads="configure list, configure get, sts get-caller-identity, sts "
    "decode-authorization-message",
    secrets="configure export-credentials, s3 presign",
    verbs=_AWS_LOOKS.pattern,
    hidden="",
    valued="--profile --region --output --endpoint-url --query --ca-bundle --color "
    "--cli-read-timeout --cli-connect-timeout --cli-input-json --page-size --max-items "
    "--starting-token --secret-id --name --names",
    refused="--endpoint-url --ca-bundle",
    odd=_aws,
)


def _gcloud(inv: Invocation, found: Split) -> str:
    given = [arg.text for arg in found.operands]
    if given[:2] == ["config", "get-value"] or given[:2] == ["config", "get"]:
        return HIDDEN if re.search(r"token|secret|password", " ".join(given[2:])) else ""
    return ""


_GCLOUD = client(
    own="version, topic, cheat-sheet, help",
    reads="info, config list, config get, config get-value, components list, auth list, "
    "projects get-ancestors, app logs read, logging read, logging tail, app logs tail, "
    "storage ls, storage cat, storage du, storage hash, feedback, survey",
    secrets="auth print-access-token, auth print-identity-token, secrets versions access, "
    "auth application-default print-access-token, sql generate-login-token, kms decrypt, "
    "config config-helper",
    verbs=r"list|describe|get-iam-policy|get-ancestors|list-\S+|get|read|tail|lookup|check|search"
    r"|get-(?:value|settings|health|status|guest-attributes|serial-port-output|effective-\S+"
    r"|nat-mapping-info|nat-ip-info|xpn-project|server-config|policy|config|logs)|describe-\S+"
    r"|print-settings|search-all-resources|search-all-iam-policies|troubleshoot-\S+|diff|validate",
    valued="--project --region --zone --format --filter --account --configuration --verbosity "
    "--billing-project --impersonate-service-account --limit --sort-by --page-size --uri --flatten "
    "--location --flags-file --access-token-file --log-http --trace-token",
    refused="--impersonate-service-account --flags-file --access-token-file --log-http",
    odd=_gcloud,
    nouns="run deploy record-sets tags services",
)
_GSUTIL = client(
    reads="ls, stat, du, hash, cat, versioning get, iam get, acl get, lifecycle get, cors get, "
    "label get, logging get, defacl get, web get, retention get, notification list, pap get, "
    "ubla get, bucketpolicyonly get, requesterpays get, defstorageclass get, autoclass get",
    own="version, help",
    valued="-o -h -u -i",
    refused="-o -i -h",
)
_BQ = client(reads="ls, show, head", own="version, help", valued="--project_id --location --format")

_AZ = client(
    own="version, help, find",
    reads="container logs, webapp log tail, webapp log show, config get, account show, account "
    "list, configure --list-defaults, feedback, bicep version",
    secrets="account get-access-token, keyvault secret show, keyvault secret download, "
    "acr credential show, webapp config appsettings list, functionapp config appsettings list, "
    "webapp config connection-string list, storage account show-connection-string, "
    "cosmosdb list-connection-strings, cosmosdb list-keys, redis list-keys, batch account keys "
    "list",
    verbs=r"list|show|exists|list-(?!keys|key|credentials|connection-strings|publishing|admin)\S+"
    r"|show-(?!connection-string|key|secret|credential)\S+|check-\S+|query|url|wait"
    r"|get-(?:versions|upgrades|instance-view|boot-log|boot-diagnostics|status|default-\S+|schema"
    r"|os-options)",
    hidden=r"\bkeys? (?:list|show)$|credentials? (?:list|show)$|connection-strings? (?:list|show)"
    r"|\bsecrets? show|\btokens? (?:list|show)|publishing-(?:profiles|credentials)|sas\b"
    r"|auth(?:orization)?-rule keys",
    nouns="tag lock record-set restore-point",
    valued="-g --resource-group -n --name -o --output --query --subscription -l --location "
    "--account-name --vault-name",
)
_AUTH0 = client(
    own="help",
    reads="tenants list, logs tail, quickstarts list",
    verbs=r"list|ls|show|search|search-by-email|stats|get",
    valued="--tenant -n --number --query -q --sort",
    refused="--reveal-secrets",
    revealing="--reveal-secrets -r",
)


def _platform(looks: str, secrets: str = "") -> Handler:
    """A hosting platform whose commands are one word or ``noun:verb``."""
    return client(reads=looks, secrets=secrets, valued="-a --app -r --remote --org -o --scope -t")


_HEROKU = _platform(
    "apps, apps:info, ps, logs, releases, releases:info, addons, addons:info, domains, pg:info, "
    "pg:ps, pg:backups, auth:whoami, regions, stack, pipelines, pipelines:info, status, "
    "buildpacks, "
    "access, certs, drains, features, labs, maintenance, members, orgs, spaces, teams, info, list",
    "config, config:get, auth:token, pg:credentials, pg:credentials:url, authorizations, "
    "authorizations:info",
)
_FLY = _platform(
    "apps list, status, logs, releases, regions list, volumes list, machine list, machine status, "
    "secrets list, ips list, certs list, orgs list, platform regions, platform vm-sizes, checks "
    "list, "
    "scale show, auth whoami, config show, postgres list, history, image show, services list, info",
    "auth token, tokens create, config env",
)
_VERCEL = _platform(
    "ls, list, inspect, logs, whoami, domains ls, env ls, teams ls, dns ls, certs ls"
)
_NETLIFY = _platform("status, sites:list, api listSites, functions:list, logs:function, open:site")
_FIREBASE = _platform(
    "projects:list, apps:list, functions:log, hosting:channel:list, functions:list, =target, "
    "firestore:indexes, database:instances:list, hosting:sites:list, login:list",
    "login:ci, functions:config:get, functions:secrets:access",
)
_WRANGLER = client(
    reads="whoami, deployments list, deployments status, kv namespace list, kv key list, r2 "
    "bucket list, "
    "d1 list, d1 info, secret list, queues list, tail, versions list, pages project list, types, "
    "pages deployment list, hyperdrive list, vectorize list, deployments view, versions view",
)
_DOCTL = client(
    verbs=r"list|get|list-\S+|ls|history",
    reads="account get, account ratelimit, version",
    secrets="auth token, kubernetes cluster kubeconfig show, databases connection, databases user "
    "get, "
    "registry docker-config, apps console",
    hidden=r"kubeconfig|connection|credential|password",
)
_LINODE = client(verbs=r"list|view|[a-z]+-(?:list|view)", hidden=r"kubeconfig|credentials|token")
_STRIPE = client(
    reads="status, logs tail, resources, events list, config --list, version, whoami",
    verbs=r"list|retrieve|search",
    refused="--api-key",
)
_SENTRY = client(
    reads="info, projects list, organizations list, releases list, issues list, monitors list, "
    "repos list, releases info, events list, deploys list, releases propose-version",
    valued="-o --org -p --project --url --auth-token",
    refused="--url --auth-token",
)

PROGRAMS: dict[str, Handler] = {
    **each("aws", _AWS),
    **each("gcloud", _GCLOUD),
    **each("gsutil", _GSUTIL),
    **each("bq", _BQ),
    **each("az", _AZ),
    **each("auth0", _AUTH0),
    **each("heroku", _HEROKU),
    **each("fly flyctl", _FLY),
    **each("vercel now", _VERCEL),
    **each("netlify ntl", _NETLIFY),
    **each("firebase", _FIREBASE),
    **each("wrangler", _WRANGLER),
    **each("doctl", _DOCTL),
    **each("linode-cli", _LINODE),
    **each("stripe", _STRIPE),
    **each("sentry-cli", _SENTRY),
}
