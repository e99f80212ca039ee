"""Test runners and what goes with them: which options only choose, print or stop.

An option that loads code, writes a file, or takes its configuration from elsewhere is in no list.
"""

from __future__ import annotations

from typing import NamedTuple

from remit.policy.wordlist import words

_PATH = r"(?!/|~|-|@)(?!.*(?:^|/)\.\.(?:/|$))[\w./:@,=\[\]{}*-]+"
_NAME = r"[\w:.][\w:.-]*"


class Runner(NamedTuple):
    """``start`` are the words that call it, in the spelling of :mod:`.spelled`. ``free`` options
    take no value, ``valued`` do, ``letters`` are short ones that may be written together;
    ``limited`` gives options whose values are limited; ``needs`` one of these must be given.
    ``operands`` says what else may follow. Patterns are text, compiled once asked for. A check
    that is this runner ``opens`` what is of one of these languages."""

    start: tuple[str, ...]
    language: str
    opens: frozenset[str]
    free: frozenset[str] = frozenset()
    valued: frozenset[str] = frozenset()
    letters: str = ""
    limited: tuple[tuple[str, str], ...] = ()
    needs: frozenset[str] = frozenset()
    operands: str = _PATH


def _limits(**patterns: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"--{name.replace('_', '-')}", text) for name, text in patterns.items())


_PYTHON, _NODE = words("python"), words("node")

_PYTEST = Runner(
    ("pytest",),
    "python",
    _PYTHON,
    words(
        "-- --exitfirst --verbose --quiet --lf --ff --nf --last-failed --failed-first --new-first "
        "--showlocals --no-showlocals --no-header --no-summary --stepwise --sw --stepwise-skip "
        "--collect-only --co --cache-clear --disable-warnings --strict-markers --strict-config "
        "--strict --full-trace --fixtures --funcargs --fixtures-per-test --markers --setup-show "
        "--setup-only --setup-plan --runxfail --cov --no-cov --cov-branch --cov-append "
        "--doctest-modules --doctest-continue-on-collection-errors --forked --noconftest "
        "--no-fold-skipped --xfail-tb --version --help -h --random-order --benchmark-skip "
        "--benchmark-disable --benchmark-only --asyncio-mode=auto --asyncio-mode=strict "
        "--continue-on-collection-errors --keep-duplicates --cache-show --timeout-func-only"
    ),
    words(
        "-k -m -r -n --maxfail --tb --durations --durations-min --verbosity --color --capture "
        "--show-capture --deselect --ignore --ignore-glob --lfnf --last-failed-no-failures "
        "--numprocesses --maxprocesses --dist --tx-count --cov --cov-fail-under --timeout "
        "--timeout-method --reruns --reruns-delay --count --random-order-seed "
        "--random-order-bucket --randomly-seed --log-level --log-cli-level --code-highlight "
        "--hypothesis-seed --hypothesis-profile --doctest-report"
    ),
    "xvqslh",
    (
        *_limits(cov_report=r"term[\w:-]*|", import_mode="prepend|append|importlib"),
        ("-p", r"no:[\w.-]+"),
        (
            "-W",
            r"(?:ignore|default|error|always|module|once)(?::[^:$]*)?(?::[A-Z]\w*)?",
        ),
    ),
)
_UNITTEST = Runner(
    ("unittest",),
    "python",
    _PYTHON,
    words("--verbose --quiet --failfast --catch --buffer --locals discover --help -h"),
    words("-k -s -p --pattern --start-directory --durations"),
    "vqfbc",
)
_MYPY = Runner(
    ("mypy",),
    "python",
    _PYTHON,
    words(
        "--strict --pretty --verbose --no-incremental --show-error-codes --hide-error-codes "
        "--show-error-context --show-column-numbers --no-error-summary --ignore-missing-imports "
        "--namespace-packages --explicit-package-bases --no-color-output --check-untyped-defs "
        "--warn-unused-ignores --warn-unreachable --disallow-untyped-defs --no-strict-optional "
        "--version --help -h --skip-cache-mtime-checks --sqlite-cache --implicit-optional"
    ),
    words(
        "-p --package -m --module --follow-imports --python-version --platform --exclude "
        "--disable-error-code --enable-error-code --output"
    ),
    "vi",
)
_PYRIGHT = Runner(
    ("pyright",),
    "python",
    _PYTHON,
    words("--outputjson --stats --verbose --warnings --version --help --dependencies"),
    words("--level --pythonversion --pythonplatform --threads"),
)
_PYLINT = Runner(
    ("pylint",),
    "python",
    _PYTHON,
    words("--errors-only --version --help --recursive=y --list-msgs"),
    words(
        "--disable --enable --reports -r --score --msg-template --output-format -f -j --jobs "
        "--max-line-length --confidence --fail-under --ignore --ignore-paths -d -e"
    ),
    "E",
)
_COVERAGE = Runner(
    ("coverage", "report"),
    "python",
    _PYTHON,
    words("--show-missing --skip-covered --skip-empty --ignore-errors --no-skip-covered"),
    words("--include --omit --precision --sort --fail-under --format --contexts"),
    "mi",
)
_DOCTEST = Runner(
    ("-m doctest",), "python", _PYTHON, words("--verbose --fail-fast"), words("-o"), "vf"
)
_TOX = Runner(
    ("tox",),
    "tox",
    words("tox python"),
    words("-- run r p run-parallel list l --quiet --verbose --recreate --listenvs"),
    words("-e -p --parallel -f"),
    "qvrl",
)
_NOX = Runner(
    ("nox",),
    "nox",
    words("nox python"),
    words("-- --list --verbose --reuse-existing-virtualenvs"),
    words("-s -e --session --sessions -k --keywords -t --tags -p --python"),
    "lrRv",
)

_TESTING = words(
    "-- --verbose --silent --bail --ci --runInBand --no-coverage --coverage --watch=false "
    "--watchAll=false --run --no-watch --passWithNoTests --detectOpenHandles --forceExit "
    "--onlyChanged --onlyFailures --expand --listTests --showSeed --no-color --colors --color "
    "--no-file-parallelism --globals --typecheck --recursive --exit --full-trace --inline-diffs "
    "--no-isolate --if-present --logHeapUsage --errorOnDeprecated --no-cache --passWithNoTests"
)
_TESTING_VALUED = words(
    "-t --testNamePattern --grep -g -f --fgrep --testPathPattern --testPathPatterns "
    "--testPathIgnorePatterns --maxWorkers -w --timeout --testTimeout --test-timeout "
    "--shard --seed --retries --slow --hookTimeout --project --changed --selectProjects "
    "--max-old-space-size --pool --poolOptions.threads.maxThreads"
)
_REPORTS = (
    "default|basic|verbose|summary|dot|json|junit|tap|tap-flat|tree|spec|min|list|progress|nyan"
    "|github-actions|hanging-process"
)
"""By name: any other word is a module that is loaded."""
_REPORTERS = (
    *_limits(reporter=_REPORTS, reporters=_REPORTS),
    ("-R", _REPORTS),
)


def _javascript(*start: str, language: str = "node", opens: str = "node", more: str = "") -> Runner:
    free = _TESTING | words(more)
    return Runner(start, language, words(opens), free, _TESTING_VALUED, "ibo", limited=_REPORTERS)


_NODE_TEST = Runner(
    ("node", "--test"),
    "node",
    _NODE,
    words(
        "--test-only --experimental-test-coverage --test-force-exit --no-warnings "
        "--enable-source-maps --experimental-strip-types --experimental-test-module-mocks "
        "--experimental-vm-modules --trace-warnings --test-update-snapshots=false"
    ),
    words(
        "--test-name-pattern --test-skip-pattern --test-concurrency --test-timeout --test-shard "
        "--test-coverage-include --test-coverage-exclude --max-old-space-size"
    ),
    limited=_limits(test_reporter="spec|tap|dot|junit|lcov", test_isolation="none|process"),
)
_TSC = Runner(
    ("tsc",),
    "node",
    _NODE,
    words("--noEmit --pretty --skipLibCheck --strict --listFiles --noErrorTruncation --version"),
    words("-p --project --target --module --moduleResolution --lib --jsx"),
    needs=words("--noEmit --version"),
)
_VUE_TSC = Runner(("vue-tsc",), "node", _NODE, _TSC.free, _TSC.valued, needs=_TSC.needs)
_ESLINT = Runner(
    ("eslint",),
    "node",
    _NODE,
    words(
        "--quiet --no-inline-config --no-error-on-unmatched-pattern --color --no-color --version"
    ),
    words("--ext --max-warnings --rule --ignore-pattern --report-unused-disable-directives"),
    limited=_limits(format="stylish|json|compact|unix"),
)
_PRETTIER = Runner(
    ("prettier",),
    "node",
    _NODE,
    words("--check -c --list-different -l --no-color --version --ignore-unknown -u"),
    words("--log-level --end-of-line"),
    needs=words("--check -c --list-different -l --version"),
)

_CARGO_FREE = words(
    "-- --lib --bins --doc --tests --examples --benches --release --all --workspace --all-targets "
    "--all-features --no-default-features --no-run --no-fail-fast --quiet --verbose --keep-going "
    "--offline --locked --frozen --nocapture --no-capture --ignored --include-ignored --exact "
    "--show-output --list --no-deps"
)
_CARGO_VALUED = words(
    "--test --bin --example --bench --package --exclude --features --profile --jobs "
    "--message-format --color --test-threads --skip -p -F -j -A -D -W"
)


def _cargo(*word: str) -> Runner:
    return Runner(
        ("cargo", *word),
        "cargo",
        words("cargo"),
        _CARGO_FREE,
        _CARGO_VALUED,
        "vq",
        operands=_NAME,
    )


_GO_FREE = words(
    "-v -race -short -failfast -json -cover -benchmem -a -x -n -trimpath -msan -asan -fullpath"
)
_GO_VALUED = words(
    "-run -count -timeout -cpu -skip -bench -benchtime -parallel -p -shuffle -list -covermode "
    "-coverpkg -tags -vet -mod"
)
_GO_TEST = Runner(("go", "test"), "go", words("go"), _GO_FREE, _GO_VALUED)
_GO_VET = Runner(("go", "vet"), "go", words("go"), words("-json -v"), words("-tags -c"))
_GO_BUILD = Runner(
    ("go", "build"),
    "go",
    words("go"),
    _GO_FREE,
    words("-tags -p -mod"),
    operands=r"(?:\./)?(?:[\w-][\w.-]*/)*\.\.\.",
    limited=(("-o", "/dev/null"),),
)
_MAKE = Runner(
    ("make",),
    "make",
    words("make"),
    words(
        "-k -s -i -B -n -w -j --keep-going --silent --quiet --dry-run --just-print --always-make "
        "--no-print-directory --ignore-errors --output-sync -O V=0 V=1 VERBOSE=0 VERBOSE=1"
    ),
    limited=(("-j", r"\d+"), ("--jobs", r"\d+")),
    letters="ksiBnw",
    operands=r"all|test|tests|check|unit|unittest|lint|typecheck|types|\d+",
)

RUNNERS = (
    _PYTEST,
    _UNITTEST,
    _MYPY,
    _PYRIGHT,
    _PYLINT,
    _COVERAGE,
    _DOCTEST,
    _TOX,
    _NOX,
    *(
        _javascript(manager, "test", language=manager, opens=f"{manager} node")
        for manager in ("npm", "yarn", "pnpm", "bun")
    ),
    _javascript("vitest", more="run"),
    _javascript("jest"),
    _javascript("mocha"),
    _javascript("ava"),
    _NODE_TEST,
    _TSC,
    _VUE_TSC,
    _ESLINT,
    _PRETTIER,
    *(_cargo(word) for word in ("test", "check", "build", "clippy", "doc")),
    _cargo("nextest", "run"),
    _GO_TEST,
    _GO_VET,
    _GO_BUILD,
    _MAKE,
)
LANGUAGES = {"python": "python", "node": "node"}
"""What a check that is no runner but a file run by this interpreter opens."""
