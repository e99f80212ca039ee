"""Clients of clusters and container engines, and tools that describe infrastructure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.model.groups import HIDDEN, Group
from remit.model.request import Effect
from remit.policy.shell.args import Arg
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import Split, split
from remit.policy.shell.programs.clients import client
from remit.policy.shell.programs.network import addressed
from remit.policy.shell.programs.spec import each
from remit.policy.wordlist import words

_SECRET_KIND = re.compile(r"(?:^|,)secrets?(?:\.[\w.]+)?(?:/|,|$)", re.IGNORECASE)


def _kubectl(inv: Invocation, found: Split) -> str:
    """A secret is listed by name; in any other form its content is printed. What a file names may
    be one."""
    forms = [value.text for value in found.values("-o", "--output", "--template")]
    if any("-file=" in form for form in forms) or (found.operands[0].text == "kustomize" and forms):
        return "a form that a file holds, or a place to write to"
    if forms and found.operands[0].text == "get" and found.has("-f", "--filename", "-k"):
        return "prints what a file names"
    if not any(_SECRET_KIND.search(arg.text) for arg in found.operands[1:]):
        return ""
    named = found.operands[0].text == "describe" or all(form in ("name", "wide") for form in forms)
    return "" if named else HIDDEN


_KUBE_VALUED = (
    "-n --namespace --context --cluster --user -l --selector -o --output --field-selector "
    "--kubeconfig "
    "--sort-by -c --container --since --since-time --tail --request-timeout -L --label-columns "
    "--cache-dir --as --as-group -s --server --token --template --for --timeout --api-group "
    "--subresource --chunk-size --verbs --revision --limit-bytes --max-log-requests "
    "--profile-output --output-directory --raw --password --username --tls-server-name"
)
_KUBE_REFUSED = (
    "--raw --as --as-group --token --server -s --user --username --password --kubeconfig "
    "--enable-helm --helm-command --enable-exec --enable-alpha-plugins --log-file --log-dir "
    "--profile-output --cache-dir"
)
"""A configuration may name a program that is run to sign in."""
_KUBECTL = client(
    own="version, options, completion, kustomize, plugin list, help, config get-contexts, "
    "config current-context, config get-clusters, config get-users, config view",
    reads="get, describe, logs, explain, top, cluster-info, api-resources, api-versions, diff, "
    "auth can-i, auth whoami, rollout history, rollout status, events, wait",
    valued=_KUBE_VALUED,
    read_files="-f --filename -k --kustomize",
    written_files="--output-directory",
    refused=_KUBE_REFUSED,
    revealing="--flatten",
    odd=_kubectl,
)


_HANDED = words(
    "-f --values --filename -k --from-file --from-env-file --cert --key --set-file --kustomize"
)


def _handed(found: Split) -> Iterator[Arg]:
    """Files whose content a rehearsal shows, some behind the name they go by: ``a=file``."""
    for file in found.values(*_HANDED):
        if "://" not in file.text:
            yield file
            yield Arg(file.text.rpartition("=")[2], file.sure, file.wild)
    for form in found.values("-o", "--output"):
        if "-file=" in form.text:
            yield Arg(form.text.partition("=")[2], form.sure)


def _rehearsed(handler: Handler, names: str, refused: str) -> Handler:
    """``--dry-run`` shows what would be done; a plain ``=none`` does it."""
    acts, odd = names.split(), words(refused)

    def handle(inv: Invocation) -> Iterator[Effect]:
        given = [arg.text for arg in inv.args]
        dry = {"--dry-run", "--dry-run=client", "--dry-run=server"} & set(given)
        sure = all(arg.sure for arg in inv.args) and "--dry-run=none" not in given
        found = split(inv.args, _HANDED | words("-o --output"))
        if dry and sure and given[0] in acts and not found.may_mean(odd):
            yield from inv.reads(*_handed(found))
            yield inv.looks(Group.REMOTE, f"{inv.name} {given[0]} --dry-run")
        else:
            yield from handler(inv)

    return handle


def _fetching(handler: Handler) -> Handler:
    """A chart by its address is fetched."""

    def handle(inv: Invocation) -> Iterator[Effect]:
        yield from addressed(inv)
        yield from handler(inv)

    return handle


_HELM_REFUSED = (
    "--post-renderer --kube-apiserver --kube-token --kubeconfig --kube-as-user --username "
    "--password"
)
_HELM = client(
    own="version, help, env, completion, template, lint, show all, show chart, show readme, "
    "show values, show crds, inspect, dependency list, dep list, dep ls, plugin list, repo list, "
    "verify, plugin ls, repo ls, dependency ls",
    reads="list, ls, status, history, hist, get manifest, get notes, get hooks, get metadata, "
    "search hub, search repo, search",
    secrets="get values, get all",
    valued="-n --namespace --kube-context --kubeconfig -o --output --revision --version --repo "
    "--set --set-string --max --filter -l --selector --registry-config --repository-config "
    "--api-versions --kube-version -s --show-only --name-template --username --password "
    "--burst-limit --repository-cache",
    read_files="-f --values --set-file --keyring",
    written_files="--output-dir",
    refused=_HELM_REFUSED,
)
_DOCKER_VALUED = (
    "-H --host -c --context --config -l --log-level -f --filter --format -n --since --until "
    "--tail --limit --project-name -p --profile --project-directory --last --type --index "
    "--no-trunc="
)
_ENVIRONMENT = re.compile(
    r"\bEnv\b|\bjson\s+(?:\.|\$|\.Config|\.Spec\S*)\s*[}|)]|environ", re.IGNORECASE
)
"""A template that prints the variables of a container, by name or as part of the whole."""
_NAMES_ONLY = words(
    "--services --images --volumes --profiles --networks --hash --environment= -q --quiet "
    "--no-interpolate"
)


def _docker(inv: Invocation, found: Split) -> str:
    """What is printed of containers and of a composition that was filled in from ``.env``."""
    given = [arg.text for arg in found.operands]
    formats = found.values("-f", "--format") if "inspect" in given[:2] else ()
    if any(_ENVIRONMENT.search(value.text) for value in formats):
        return HIDDEN
    composes = given[:1] in (["config"], ["convert"]) and inv.name.endswith("-compose")
    composes = composes or given[:2] in (["compose", "config"], ["compose", "convert"])
    names = {arg.text.split("=")[0] for arg in inv.args}
    return HIDDEN if composes and not names & _NAMES_ONLY else ""


_DOCKER = client(
    own="version, info, ps, images, container ls, container list, container ps, image ls, help, "
    "image list, context ls, context list, context show, buildx version, compose version",
    reads="logs, inspect, stats, top, port, diff, history, events, search, system df, system info, "
    "system events, container logs, container inspect, container stats, container top, container "
    "port, "
    "container diff, image inspect, image history, network ls, network list, network inspect, "
    "volume ls, volume list, volume inspect, node ls, node inspect, node ps, service ls, service "
    "ps, "
    "service logs, service inspect, stack ls, stack ps, stack services, secret ls, config ls, "
    "plugin ls, plugin inspect, context inspect, manifest inspect, buildx ls, buildx inspect, "
    "buildx du, compose ps, compose logs, compose config, compose top, compose ls, compose port, "
    "compose images, compose events, compose convert, builder du, trust inspect, wait, "
    "container wait, checkpoint ls, secret inspect, config inspect, buildx imagetools "
    "inspect, "
    "pod ps, pod ls, pod inspect, pod stats, pod top, pod logs, machine ls, machine list, "
    "machine inspect, machine info, healthcheck, volume exists, container exists, image exists, "
    "image tree, image search, system connection list, scout quickview, scout cves, scout version, "
    "compose volumes, compose stats, model ls, model list, model ps, mcp catalog ls, sbom",
    valued=_DOCKER_VALUED.replace(" --no-trunc=", ""),
    read_files="--env-file",
    written_files="-o --output",
    refused="-H --host --config",
    odd=_docker,
)
_COMPOSE = client(
    own="version, help",
    reads="ps, logs, config, top, ls, port, images, events, convert, stats, volumes",
    valued="-p --project-name --profile --project-directory --tail --since --until --format",
    read_files="-f --file --env-file",
    written_files="-o --output",
    group=Group.REMOTE,
    odd=_docker,
)


def _terraform(inv: Invocation, found: Split) -> str:
    """Outputs and state hold what is marked sensitive as well."""
    given = [arg.text for arg in found.operands]
    names = {arg.text.split("=")[0] for arg in inv.args if arg.text.startswith("-")}
    if given[0] in ("output", "show") and names & {"-json", "-raw"}:
        return HIDDEN
    writes = {"-out", "-destroy", "-generate-config-out", "-state-out", "-backup", "-upgrade"}
    return "changes something" if names & writes - {"-destroy"} else ""


def _fmt(handler: Handler) -> Handler:
    """``fmt`` rewrites the files of its folder."""

    def handle(inv: Invocation) -> Iterator[Effect]:
        given = [arg.text for arg in inv.args]
        if given[:1] != ["fmt"] or not all(arg.sure for arg in inv.args):
            yield from handler(inv)
            return
        folders = [text for text in given[1:] if not text.startswith("-")] or ["."]
        keeps = {"-check", "-write=false"} & set(given)
        for folder in folders:
            yield from inv.reads(Arg(folder))
            if not keeps:
                yield from inv.writes(Arg(f"{folder}/**/*.tf", True, True))
        yield inv.ran()

    return handle


_TERRAFORM = client(
    own="version, help, validate, graph, =providers, providers schema, metadata functions, "
    "modules, "
    "workspace list, workspace show",
    reads="plan, show, state list, state show, output, providers lock -help",
    secrets="state pull",
    odd=_terraform,
)
_TERRAGRUNT = client(
    own="version, help, validate, graph-dependencies, hclfmt --check",
    reads="plan, show, state list, state show, output, run-all plan, output-module-groups",
    odd=_terraform,
)
_CDK = client(
    own="version, help, docs, doctor, notices, acknowledge",
    reads="diff, list, ls, metadata, context",
    valued="-a --app -c --context --profile -o --output --role-arn --toolkit-stack-name",
    refused="-a --app --reset --clear --output -o",
)
_PULUMI = client(
    own="version, help, about, whoami, plugin ls, schema check",
    reads="preview, stack ls, stack history, stack graph, logs, org ls, policy ls, project ls, "
    "stack tag ls, =stack, stack output, =config",
    valued="-s --stack -C --cwd",
    revealing="--show-secrets",
    refused="-C --cwd",
)
_PACKER = client(
    own="version, help, inspect, validate, fmt -check, plugins installed",
    valued="-var",
    read_files="-var-file",
)
_ARGO = client(
    reads="app list, app get, app diff, app history, app logs, app manifests, app resources, "
    "cluster list, repo list, proj list, proj get, version, account list, account get-user-info, "
    "list, get, logs, cluster get, appset list, appset get, app wait, repo get, cert list",
    valued="-n --namespace --server --grpc-web-root-path -o --output",
    refused="--server --auth-token",
)
_FLUX = client(
    own="version, help, check",
    verbs=r"get|logs|tree|trace|stats|events|diff|export",
    reads="get, logs, events, stats, tree, trace, get all, get sources, get kustomizations, "
    "get helmreleases, diff kustomization",
)
_ISTIO = client(
    own="version, help, analyze",
    reads="proxy-status, ps, proxy-config, pc, describe, dashboard list, x describe, validate, "
    "bug-report --help",
)
_MINIKUBE = client(
    own="version, help, status, profile list, ip, logs, service list, addons list, node list, "
    "image ls, image list, get clusters, get nodes, cluster list, cluster ls, config view"
)
_EKSCTL = client(
    reads="version, info", verbs=r"get|describe|utils", own="version, help", refused="--approve"
)
_CRI = client(
    own="version, info",
    reads="ps, images, pods, logs, inspect, inspecti, inspectp, stats, statsp",
    valued="-r --runtime-endpoint -c --config -t --timeout",
)
_NOMAD = client(
    own="version, fmt -check, job validate, validate",
    reads="status, job status, job plan, plan, node status, alloc status, alloc logs, logs, job "
    "history, "
    "job inspect, eval status, eval list, deployment list, deployment status, namespace list, "
    "monitor, "
    "server members, agent-info, volume status, var list, operator raft list-peers, quota list",
    secrets="var get",
    valued="-address -region -namespace -token",
    refused="-address -token",
)
_CONSUL = client(
    own="version, validate",
    reads="members, catalog datacenters, catalog nodes, catalog services, info, monitor, "
    "operator raft list-peers, kv list, acl policy list, acl token list, intention list, config "
    "list, "
    "config read, health, services list, peering list, rtt",
    secrets="kv get, kv export, keyring, acl token read",
)

PROGRAMS: dict[str, Handler] = {
    **each(
        "kubectl oc kubecolor microk8s.kubectl",
        _rehearsed(
            _KUBECTL,
            "apply create delete replace patch run expose scale set label annotate",
            _KUBE_REFUSED,
        ),
    ),
    **each(
        "helm", _fetching(_rehearsed(_HELM, "install upgrade uninstall rollback", _HELM_REFUSED))
    ),
    **each("docker podman nerdctl", _DOCKER),
    **each("docker-compose podman-compose", _COMPOSE),
    **each("terraform tofu", _fmt(_TERRAFORM)),
    **each("terragrunt", _TERRAGRUNT),
    **each("cdk", _CDK),
    **each("pulumi", _PULUMI),
    **each("packer", _PACKER),
    **each("argocd argo", _ARGO),
    **each("flux", _FLUX),
    **each("istioctl", _ISTIO),
    **each("minikube kind k3d", _MINIKUBE),
    **each("eksctl", _EKSCTL),
    **each("crictl", _CRI),
    **each("nomad", _NOMAD),
    **each("consul", _CONSUL),
}
