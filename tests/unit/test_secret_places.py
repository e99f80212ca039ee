"""What of a home a confined program must not read, and what its tools need there."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from remit.policy.credential_places import OF_HOME, OF_MACHINE, is_credential_place
from remit.policy.wordlist import words
from remit.policy.zones import is_secret
from remit.services.secret_places import secret_places, shown_certificates

KEPT = words("""
    .ssh/id_ed25519 .aws/sso/cache/x.json .config/gcloud/credentials.db .kube/config .gnupg/x
    .codex/auth.json .gemini/oauth_creds.json .local/share/opencode/auth.json
    .config/github-copilot/hosts.json
    .config/glab-cli/config.yml .gem/credentials .m2/settings.xml .local/share/uv/credentials/x
    .fly/config.yml .vercel/auth.json .databrickscfg .huggingface/token .cache/huggingface/token
    .mozilla/firefox/p/logins.json .config/google-chrome/Default/Cookies .thunderbird/p/logins.json
    .local/share/keyrings/login.keyring .bash_history .local/share/fish/fish_history .Xauthority
    .local/state/remit/ledger.sqlite3 .sbt/1.0/credentials .ssh_old.pem work.key
""")
NEEDED = words("""
    .gitconfig .config/git/config .config/git/ignore .bashrc .profile .cargo/config.toml
    .cargo/registry/index .m2/repository/a.jar .cache/pip/x .npm/_cacache/x .config/htop/htoprc
    .rustup/settings.toml .gradle/caches/x .nvm/versions/x .pyenv/version .local/share/uv/python/x
    .local/bin/tool .cache/huggingface/hub/model .config/nvim/init.lua go/pkg/mod/x
""")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in (*KEPT, *NEEDED):
        file = tmp_path / "person" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    return tmp_path / "person"


def _is_hidden(file: Path, hidden: tuple[str, ...]) -> bool:
    return any(str(file) == place or str(file).startswith(f"{place}/") for place in hidden)


def test_credentials_are_hidden_and_what_tools_need_is_not(home: Path) -> None:
    hidden = secret_places(home)
    assert [name for name in KEPT if not _is_hidden(home / name, hidden)] == []
    assert [name for name in NEEDED if _is_hidden(home / name, hidden)] == []


def test_a_link_to_credentials_elsewhere_hides_what_it_leads_to(home: Path) -> None:
    kept = home / "dotfiles/kube"
    kept.mkdir(parents=True)
    (home / ".kube/config").unlink()
    (home / ".kube").rmdir()
    (home / ".kube").symlink_to(kept)
    assert str(kept) in secret_places(home)


def test_another_home_in_the_environment_leaves_the_real_one_hidden(home: Path) -> None:
    """Whoever runs this test has a home of his own, where his state may lie."""
    real = Path(pwd.getpwuid(os.geteuid()).pw_dir)
    own = [place for place in secret_places(home) if place.startswith(f"{real}/")]
    assert own == [place for place in secret_places(real) if place.startswith(f"{real}/")]


def test_the_rules_and_the_kernel_know_the_same_places() -> None:
    for place in OF_HOME:
        path = f"/home/x/{place.replace('*', 'x')}"
        assert is_secret(path), path
        assert is_secret(f"{path}/below"), path
        assert not is_credential_place(path.removeprefix("/")), path
    for place in OF_MACHINE:
        assert is_secret(place.replace("*", "ed25519")), place


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_twin_what_tools_need_is_no_secret(name: str) -> None:
    assert not is_secret(f"/home/x/{name}")


BEGIN = "-----BEGIN CERTIFICATE-----\nAAAA\n"


def test_certificates_that_variables_name_are_shown(tmp_path: Path) -> None:
    trusted = tmp_path / "firm.pem"
    trusted.write_text(BEGIN)
    named = {"NODE_EXTRA_CA_CERTS": str(trusted), "SSL_CERT_FILE": str(trusted)}
    assert shown_certificates(named) == (str(trusted),)


def test_twin_what_a_variable_names_is_not_shown_where_it_is_a_key(tmp_path: Path) -> None:
    key, link = tmp_path / "firm.key", tmp_path / "link.pem"
    key.write_text(BEGIN + "-----BEGIN PRIVATE KEY-----\nAAAA\n")
    link.symlink_to(key)
    os.mkfifo(tmp_path / "pipe.pem")
    (tmp_path / "token.pem").write_text("a token")
    names = ("firm.key", "link.pem", "pipe.pem", "token.pem", "gone.pem", "")
    for name in names:
        assert shown_certificates({"SSL_CERT_FILE": str(tmp_path / name)}) == ()
