"""A stranger's policy and contract: nothing they name counts before a person read it here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from remit.errors import InvalidDocument, RemitError
from remit.model.digest import digest_of
from remit.services.acceptance import accept, require_accepted
from remit.services.workplace import (
    Workplace,
    contract_standing,
    open_workplace,
    policy_in_force,
    unaccepted,
)
from remit.storage.accepted import Accepted, AcceptedStore
from remit.storage.locate import open_state

HONEST = '[commands]\nnever = ["git push"]\n[network]\nhosts = []\n'
LOOSE = '[commands]\nfree = ["curl"]\n'


class Clone:
    """A repository as it came from somebody else."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "clone"
        self.environ = {"HOME": str(folder), "REMIT_STATE": str(folder / "state")}
        self.root.mkdir()
        self.git("init", "-q", "-b", "main")
        self.write("src/parser.py", "x = 1\n")
        self.commit()

    def git(self, *words: str) -> None:
        who = ["-c", "user.name=Mallory", "-c", "user.email=m@example.org"]
        environ = {"HOME": "/nonexistent", "PATH": os.environ["PATH"]}
        subprocess.run(["git", *who, *words], cwd=self.root, env=environ, check=True)

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def commit(self, **files: str) -> None:
        for text in files.values():
            self.write(".remit/policy.toml", text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")

    def place(self) -> Workplace:
        return open_workplace(self.root, open_state(self.environ), self.environ)

    def accept(self) -> None:
        place = self.place()
        files = [item.file for item in unaccepted(place)]
        accept(place.store, place.repository.key, files, "Ada", "terminal", 1)


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_a_strangers_policy_is_not_in_force_and_is_shown_whole(clone: Clone) -> None:
    clone.commit(policy=LOOSE)
    (item,) = unaccepted(clone.place())
    assert item.is_new
    assert '+free = ["curl"]' in item.diff.text
    assert policy_in_force(clone.place()).policy.free is None
    with pytest.raises(RemitError, match="nothing it names may run"):
        require_accepted([item])


def test_twin_an_accepted_policy_is_in_force_and_never_asked_again(clone: Clone) -> None:
    clone.commit(policy=HONEST)
    clone.accept()
    assert unaccepted(clone.place()) == ()
    assert policy_in_force(clone.place()).policy.never == ("git push",)


def test_a_changed_policy_is_asked_again_and_the_old_one_holds_meanwhile(clone: Clone) -> None:
    clone.commit(policy=HONEST)
    clone.accept()
    clone.commit(policy=LOOSE)
    (item,) = unaccepted(clone.place())
    assert not item.is_new
    assert '-never = ["git push"]' in item.diff.text
    assert policy_in_force(clone.place()).policy.never == ("git push",)
    assert policy_in_force(clone.place()).policy.free is None


def test_a_removed_policy_still_binds_and_its_removal_is_asked(clone: Clone) -> None:
    clone.commit(policy=HONEST)
    clone.accept()
    (clone.root / ".remit/policy.toml").unlink()
    clone.commit()
    (item,) = unaccepted(clone.place())
    assert '-never = ["git push"]' in item.diff.text
    assert policy_in_force(clone.place()).policy.never == ("git push",)
    clone.accept()
    assert unaccepted(clone.place()) == ()
    assert policy_in_force(clone.place()).policy.never == ()


def test_the_working_tree_says_nothing_the_commit_does(clone: Clone) -> None:
    clone.commit(policy=HONEST)
    clone.accept()
    clone.write(".remit/policy.toml", LOOSE)
    assert unaccepted(clone.place()) == ()
    assert policy_in_force(clone.place()).policy.never == ("git push",)


def test_a_line_end_or_invisible_change_is_a_change(clone: Clone) -> None:
    clone.commit(policy=HONEST)
    clone.accept()
    (clone.root / ".remit/policy.toml").write_bytes(HONEST.replace("\n", "\r\n").encode())
    clone.commit()
    (item,) = unaccepted(clone.place())
    assert "\r" in item.diff.text


def test_acceptance_in_one_clone_means_nothing_in_another(clone: Clone, tmp_path: Path) -> None:
    clone.commit(policy=HONEST)
    clone.accept()
    other = tmp_path / "second"
    other.mkdir()
    stranger = Clone(other)
    stranger.environ = {**stranger.environ, "REMIT_STATE": clone.environ["REMIT_STATE"]}
    stranger.commit(policy=HONEST)
    assert len(unaccepted(stranger.place())) == 1


def test_in_ci_the_base_branch_is_the_acceptance(clone: Clone) -> None:
    clone.commit(policy=HONEST)
    clone.git("checkout", "-q", "-b", "change")
    assert unaccepted(clone.place(), "main") == ()
    assert policy_in_force(clone.place(), "main").policy.never == ("git push",)
    clone.commit(policy=LOOSE)
    (item,) = unaccepted(clone.place(), "main")
    assert '+free = ["curl"]' in item.diff.text
    assert policy_in_force(clone.place(), "main").policy.free is None


def test_a_policy_that_is_a_link_or_garbage_is_refused(clone: Clone) -> None:
    (clone.root / ".remit").mkdir()
    (clone.root / ".remit/policy.toml").write_bytes(b"\xff\xfe\x00")
    clone.commit()
    with pytest.raises(InvalidDocument):
        clone.place()


def test_a_committed_contract_waits_and_own_words_do_not(clone: Clone) -> None:
    text = 'goal = "x"\nscope.edit = ["a"]\nevidence.none = "y"\n'
    path = clone.write("task.toml", text)
    assert contract_standing(clone.place(), path, text).how == "own words: not committed"
    clone.commit()
    standing = contract_standing(clone.place(), path, text)
    assert standing.pending is not None
    place = clone.place()
    accept(place.store, place.repository.key, [standing.pending.file], "Ada", "terminal", 1)
    assert contract_standing(clone.place(), path, text).pending is None
    changed = text.replace("x", "z")
    assert contract_standing(clone.place(), path, changed).how.startswith("own words")


def _store(tmp_path: Path) -> AcceptedStore:
    store = AcceptedStore(tmp_path / "accepted.json")
    text = Accepted(digest_of(b"a"), "a", "Ada", "terminal", 1)
    store.remember("key", {"policy": text})
    return store


def test_the_list_is_private_and_survives(tmp_path: Path) -> None:
    store = _store(tmp_path)
    assert store.path.stat().st_mode & 0o777 == 0o600
    store.remember("other", {"policy": Accepted(digest_of(b"b"), "b", "Ada", "terminal", 2)})
    found = store.find("key", "policy")
    assert found is not None
    assert found.text == "a"
    assert store.find("key", "other") is None


Damage = Callable[[Path], None]


def _edit_text(path: Path) -> None:
    raw = json.loads(path.read_text())
    raw["accepted"]["key"]["policy"]["text"] = "curl | sh"
    path.write_text(json.dumps(raw))


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:40])


def _open_to_others(path: Path) -> None:
    path.chmod(0o666)


def _link(path: Path) -> None:
    elsewhere = path.with_name("elsewhere.json")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def _nest(path: Path) -> None:
    path.write_text("[" * 200_000)


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


@pytest.mark.parametrize("damage", [_edit_text, _truncate, _open_to_others, _link, _nest, _pipe])
def test_a_list_that_was_tampered_with_accepts_nothing(tmp_path: Path, damage: Damage) -> None:
    store = _store(tmp_path)
    damage(store.path)
    with pytest.raises(RemitError, match="cannot trust the list"):
        store.find("key", "policy")


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from remit.storage.accepted import Accepted, AcceptedStore\n"
        "from remit.model.digest import digest_of\n"
        "one = Accepted(digest_of(b'a'), 'a', 'Ada', 'terminal', 1)\n"
        "for n in range(20):\n"
        "    AcceptedStore(Path(sys.argv[1])).remember(sys.argv[2], {str(n): one})\n"
    )
    path = tmp_path / "accepted.json"
    writers = [
        subprocess.Popen([sys.executable, "-c", script, str(path), name]) for name in ("a", "b")
    ]
    assert [writer.wait() for writer in writers] == [0, 0]
    store = AcceptedStore(path)
    assert all(store.find(name, str(n)) for name in ("a", "b") for n in range(20))


def test_init_never_writes_through_a_link(clone: Clone, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (clone.root / ".remit").symlink_to(outside)
    clone.commit()
    done = subprocess.run(
        [sys.executable, "-m", "remit", "init", "--yes"],
        cwd=clone.root,
        env={**clone.environ, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "symbolic link" in done.stderr
    assert list(outside.iterdir()) == []


def test_init_never_overwrites_and_its_own_policy_is_accepted(clone: Clone) -> None:
    environ = {**clone.environ, "PATH": os.environ["PATH"]}

    def init(*flags: str) -> int:
        command = [sys.executable, "-m", "remit", "init", *flags]
        return subprocess.run(command, cwd=clone.root, env=environ, check=False).returncode

    assert init("--yes") == 0
    assert unaccepted(clone.place()) == ()
    assert policy_in_force(clone.place()).policy.never == ("git push",)
    clone.write(".remit/policy.toml", LOOSE)
    assert init("--yes") == 2
    assert (clone.root / ".remit/policy.toml").read_text() == LOOSE
    assert init("--yes", "--force") == 0


def test_only_a_terminal_accepts(clone: Clone) -> None:
    clone.commit(policy=LOOSE)
    done = subprocess.run(
        [sys.executable, "-m", "remit", "policy", "accept"],
        cwd=clone.root,
        env={**clone.environ, "PATH": os.environ["PATH"]},
        input="y\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "only a person can accept this" in done.stderr
    assert len(unaccepted(clone.place())) == 1
