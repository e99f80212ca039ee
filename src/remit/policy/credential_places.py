"""Where programs keep credentials: places in a home, and of the whole machine.

One list for the two that need it: the rules, which judge a path, and the kernel's confinement,
which hides what is there. A star stands for one name or a part of one. What names alone tell (keys,
``.env``) is in :mod:`remit.policy.zones`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from remit.policy.wordlist import words

_SHELLS = words(
    ".ssh .gnupg .password-store .local/share/keyrings .local/share/kwalletd .keychain .step .nsc "
    ".config/keepassxc .config/Bitwarden .config/op .config/sops .config/age .vault-token "
    ".Xauthority .ICEauthority .config/goa-1.0 .bash_history .zsh_history .python_history "
    ".node_repl_history .psql_history .mysql_history .sqlite_history .irb_history .lesshst "
    ".local/share/fish/fish_history .config/fish/fish_variables .envrc .secrets .env .krb5"
)
_CLOUDS = words(
    ".aws .azure .oci .config/gcloud .boto .s3cfg .mc .config/rclone .config/doctl .config/hcloud "
    ".config/linode-cli .bluemix .fly .config/netlify .netlify .vercel .config/heroku .heroku "
    ".local/share/com.vercel.cli .config/stripe .config/wrangler .config/.wrangler .wrangler "
    ".railway .supabase .config/firebase .config/configstore .cloudflared .ngrok2 .config/ngrok "
    ".config/tailscale .config/sentry .sentryclirc .config/datadog .travis .circleci/cli.yml "
    ".config/act .terraformrc .terraform.d/credentials.tfrc.json .pulumi/credentials.json .chef "
    ".databrickscfg .kaggle .huggingface/token "
    ".cache/huggingface/token .cache/huggingface/stored_tokens "
    ".config/scw .exoscale .config/yandex-cloud .ibmcloud .config/aliyun .aliyun"
)
_CLUSTERS = words(
    ".kube .docker .dockercfg .config/containers .config/helm/registry .config/argocd .rancher "
    ".minikube .config/k9s .config/podman .android/adbkey"
)
_FORGES = words(
    ".git-credentials .config/git/credentials .config/gh .config/hub .config/glab-cli .config/tea "
    ".netrc .authinfo .authinfo.gpg .subversion/auth .hgrc .config/jgit .config/sourcegraph"
)
_REGISTRIES = words(
    ".npmrc .yarnrc.yml .pypirc .config/pip/pip.conf .pip/pip.conf .config/pypoetry/auth.toml "
    ".local/share/uv/credentials .cargo/credentials .cargo/credentials.toml .m2/settings.xml "
    ".m2/settings-security.xml .gradle/gradle.properties .gem/credentials "
    ".local/share/gem/credentials "
    ".bundle/config .composer/auth.json .config/composer/auth.json .nuget/NuGet .config/NuGet "
    ".lein/credentials.clj .sbt/*/credentials .sbt/.credentials .ivy2/.credentials .jfrog .hex "
    ".config/hatch/config.toml .anaconda .config/anaconda"
)
_STORES = words(
    ".pgpass .my.cnf .mylogin.cnf .redisclirc .snowflake .snowsql .dbt/profiles.yml "
    ".jupyter/jupyter_server_config.json .mongodb .config/filezilla .config/dbeaver "
    ".local/share/DBeaverData"
)
_AGENTS = words(
    ".claude/.credentials.json .codex/auth.json .gemini/oauth_creds.json .config/github-copilot "
    ".copilot .local/share/opencode/auth.json .config/goose/secrets.yaml .aider.conf.yml "
    ".cursor/auth.json .config/cursor .config/Cursor .continue/config.json .continue/config.yaml "
    ".cline .config/Code .config/VSCodium .config/amp .local/share/amp .local/state/remit "
    ".config/remit"
)
_PEOPLE = words(
    ".mozilla .thunderbird .config/google-chrome .config/chromium .config/BraveSoftware "
    ".config/microsoft-edge .config/vivaldi .config/opera .config/Slack .config/discord "
    ".config/Signal .mailrc .msmtprc .fetchmailrc .muttrc .mutt .config/mutt .config/neomutt"
)
OF_HOME: Final = tuple(
    sorted(
        _SHELLS | _CLOUDS | _CLUSTERS | _FORGES | _REGISTRIES | _STORES | _AGENTS | _PEOPLE,
    )
)
"""Relative to a home: files, and folders with all that lies in them."""
OF_MACHINE: Final = tuple(
    sorted(
        words(
            "/etc/shadow /etc/shadow- /etc/gshadow /etc/gshadow- /etc/sudoers /etc/sudoers.d "
            "/etc/ssl/private /etc/ssh/ssh_host_*_key /etc/krb5.keytab /etc/wireguard /etc/openvpn "
            "/etc/NetworkManager/system-connections /etc/letsencrypt /etc/kubernetes /etc/rancher "
            "/etc/docker/key.json /var/lib/kubelet /run/secrets /var/run/secrets"
        )
    )
)
"""Absolute."""


def is_credential_place(path: str) -> bool:
    """Whether the absolute ``path`` lies in one of these places, whosever home it is."""
    return path.startswith("/") and _compiled().search(path) is not None


@lru_cache(maxsize=1)
def _compiled() -> re.Pattern[str]:
    homes = "|".join(_expression(place) for place in OF_HOME)
    machine = "|".join(_expression(place) for place in OF_MACHINE)
    return re.compile(rf"(?:/(?:{homes})|^(?:{machine}))(?:/|$)")


def _expression(place: str) -> str:
    return re.escape(place).replace(r"\*", "[^/]*")
