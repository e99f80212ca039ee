"""JUnit under Maven (Surefire, Failsafe) and Gradle: an entry with its stack for each failure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from remit.model.failure import Failure
from remit.policy.failures.compilers import read_compilers
from remit.policy.failures.reading import Frame, Reading, bounded, broken, number

_SUREFIRE = re.compile(
    r"(?:\[ERROR\] +)?(?:([^\s(]{1,200})\((\S{1,200})\)|(\S{1,300}) --)"
    r" +Time elapsed: [\d.,]+ s +<<< (?:FAILURE|ERROR)!"
)
_GRADLE = re.compile(r"(\S{1,300}) > (.{1,300}?)(?:\(\))? FAILED")
_SUITE = re.compile(r"(?:\[ERROR\] +)?Tests run: \d+, Failures: (\d+), Errors: (\d+), Skipped: \d+")
_GRADLE_TOLD = re.compile(r"\d+ tests? completed, (\d+) failed(?:, \d+ skipped)?")
_KIND = re.compile(r" *([a-z]\w*(?:\.\w{1,80}){1,10})(?:: ?(.*)| at (\S{1,200}):(\d{1,7})|)")
_FRAME = re.compile(
    r"\s+at (?:\S{1,80}/)?([\w.$]{1,300})\.([\w$<>]{1,100})\((\w{1,100}\.\w+):(\d+)\)"
)
_LIBRARIES = (
    "java.", "javax.", "jdk.", "sun.", "kotlin.", "scala.", "junit.", "org.junit.", "org.hamcrest.",
    "org.apache.maven.", "org.gradle.", "org.mockito.", "org.assertj.", "org.testng.",
    "com.sun.", "worker.org.gradle.",
)  # fmt: skip
_SHOWN = 4


def read_junit(lines: Sequence[str]) -> Reading | None:
    """The failing tests and what did not compile, None where neither is seen."""
    surefire = [int(m[1]) + int(m[2]) for line in lines if (m := _SUITE.fullmatch(line))]
    gradle = [int(m[1]) for line in lines if (m := _GRADLE_TOLD.fullmatch(line))]
    found = bounded(_entries(lines))
    if found or surefire or gradle:
        told = sum(surefire) + sum(gradle) if surefire or gradle else None
        return Reading(found, told, broken_off=told is None)
    maven = any(line.startswith("[ERROR] COMPILATION ERROR") for line in lines)
    return read_compilers(lines) if maven else None


def _entries(lines: Sequence[str]) -> Iterator[Failure]:
    check, held = "", list[str]()
    for line in lines:
        head = _named(line)
        if check and (head or (held and not line)):
            yield stacked(check, held)
            check = ""
        if head:
            check, held = head, []
        else:
            held.append(line)
    if check:
        yield stacked(check, held)


def _named(line: str) -> str:
    """The test that an entry's first line names, as ``package.Class.test``; "" for others."""
    if "<<< " in line and (match := _SUREFIRE.fullmatch(line)):
        return match[3] or f"{match[2]}.{match[1]}"
    if line.endswith(" FAILED") and (match := _GRADLE.fullmatch(line)):
        return f"{match[1]}.{match[2]}"
    return ""


def stacked(check: str, lines: Sequence[str]) -> Failure:
    """The failure of a test from its error and its stack, innermost frame first."""
    frames = [frame for line in lines if (frame := _frame(line))][::-1]
    match = _KIND.fullmatch(lines[0]) if lines else None
    if match is None:
        return broken(check, "error", frames, "", " ".join(lines[:_SHOWN]))
    if match[3] and not frames:
        file = _file(check)  # Gradle tells the file's name alone
        own = file.rpartition("/")[2] == match[3]
        frames = [Frame(file if own else match[3], number(match[4]))]
    said = [match[2] or ""]
    for line in lines[1:_SHOWN]:
        if line.lstrip().startswith(("at ", "Caused by:", "...")):
            break
        said.append(line.strip())
    return broken(check, match[1].rpartition(".")[2], frames, _file(check), " ".join(said))


def _frame(line: str) -> Frame | None:
    match = _FRAME.fullmatch(line)
    if match is None or match[1].startswith(_LIBRARIES):
        return None
    return Frame(_path(match[1], match[3]), number(match[4]), match[2])


def _path(class_name: str, file: str) -> str:
    return "/".join([*class_name.split(".")[:-1], file])


def _file(check: str) -> str:
    """The file of a test's own class, as its frames would name it."""
    class_name = check.rpartition(".")[0]
    return _path(class_name, f"{class_name.rpartition('.')[2].partition('$')[0]}.java")
