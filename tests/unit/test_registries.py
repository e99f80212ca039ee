"""What init offers as hosts: the registries of the repository's lock files, commented."""

from __future__ import annotations

import tomllib

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
