"""What init offers as hosts: the registries of the repository's lock files, commented."""

from __future__ import annotations

import tomllib

import pytest

from remit.model.facts import Facts
from remit.services.discover import Look, discover
from remit.services.policy_text import policy_text

LOCKS = {
    "package-lock.json": b'{"packages": {"a": {"resolved": "https://npm.example.org/a/-/a-1.tgz",'
    b' "funding": {"url": "https://sponsors.example.com/a"}}}}',
    "web/yarn.lock": b'  resolved "https://yarn.example.org/a/-/a-1.tgz#abc"\n',
    "uv.lock": b'source = { registry = "https://pip.example.org/simple" }\n'
    b'wheels = [{ url = "https://files.example.org/a.whl" }]\n',
    "Gemfile.lock": b"GEM\n  remote: https://gems.example.org:8443/\n",
    "README.md": b'"resolved": "https://readme.example.org/"',
}


def test_every_lock_file_names_its_registry() -> None:
    facts = discover(Look(tuple(LOCKS), LOCKS.get))
    assert set(facts.registries) == {
        "npm.example.org",
        "yarn.example.org",
        "pip.example.org",
        "files.example.org",
        "gems.example.org:8443",
    }


def test_they_are_offered_and_not_assumed() -> None:
    text = policy_text(Facts(registries=("npm.example.org", "pip.example.org")))
    assert tomllib.loads(text)["network"]["hosts"] == []
    assert '# hosts = ["npm.example.org", "pip.example.org"]' in text


def test_what_is_no_host_is_not_offered() -> None:
    locks = {"uv.lock": b'url = "https://u:p@evil.example/x"\nurl = "https://127.0.0.1/x"\n'}
    assert discover(Look(tuple(locks), locks.get)).registries == ()


SETTINGS = {
    ".npmrc": b"@ours:registry=https://npm.ours.example/\n//npm.ours.example/:_authToken=x\n",
    ".yarnrc.yml": b'npmRegistryServer: "https://yarn.ours.example"\n',
    "pip.conf": b"[global]\nextra-index-url = https://user:word@pip.ours.example/simple\n",
    "requirements.txt": b"--extra-index-url https://wheels.ours.example/simple\nflask==3\n",
    "pom.xml": b"<project><url>https://home.example.com</url><repositories><repository><id>o</id>"
    b"<url>https://maven.ours.example/m2</url></repository></repositories></project>",
    "build.gradle": b'repositories { maven { url "https://gradle.ours.example/m2" } }',
}


def test_private_registries_are_offered_without_their_credentials() -> None:
    facts = discover(Look(tuple(SETTINGS), SETTINGS.get))
    assert set(facts.registries) == {
        "npm.ours.example",
        "yarn.ours.example",
        "pip.ours.example",
        "wheels.ours.example",
        "maven.ours.example",
        "gradle.ours.example",
    }


@pytest.mark.parametrize(
    ("name", "text", "hosts"),
    [
        ("go.sum", b"example.com/m v1.0.0 h1:x=\n", {"proxy.golang.org", "sum.golang.org"}),
        (
            "Cargo.lock",
            b'source = "registry+https://github.com/rust-lang/crates.io-index"\n',
            {"index.crates.io", "static.crates.io"},
        ),
        (
            "Cargo.lock",
            b'source = "sparse+https://crates.ours.example/index/"\n',
            {"crates.ours.example"},
        ),
        ("poetry.lock", b'[[package]]\nname = "flask"\n', {"pypi.org", "files.pythonhosted.org"}),
        ("pnpm-lock.yaml", b"lockfileVersion: 9.0\n", {"registry.npmjs.org"}),
        ("gradle.lockfile", b"a:b:1=compileClasspath\n", {"repo.maven.apache.org"}),
        ("pom.xml", b"<project><url>https://x.example</url></project>", {"repo.maven.apache.org"}),
        ("requirements.txt", b"flask==3\n", set()),
    ],
)
def test_a_lock_file_that_names_no_registry_means_the_tools_own(
    name: str, text: bytes, hosts: set[str]
) -> None:
    assert set(discover(Look((name,), {name: text}.get)).registries) == hosts
