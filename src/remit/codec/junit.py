"""Reading JUnit result files, which agent-written code may have forged.

No document type and so no entity is accepted, and size, depth and number of elements are
limited before anything builds a tree of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from xml.parsers import expat

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite
from junitparser.junitparser import JUnitXmlError

from remit.errors import RemitError
from remit.model.failure import Reported

SIZE_LIMIT = 16 * 1024 * 1024
DEPTH_LIMIT = 16
ELEMENT_LIMIT = 500_000
FAILURE_LIMIT = 500
"""Failing tests whose text is kept; all are named."""
TEXT_LIMIT = 20_000
"""Characters of one's text that are kept, from its end, where the error stands."""


class InvalidReport(RemitError):
    """A result file that is not what a test runner writes."""


@dataclass(frozen=True, slots=True)
class JunitReport:
    """Tests of a result file, by id: ``path::Class::name`` where the file names the path, else
    ``classname::name``. ``failures`` are those of ``failed`` with their texts."""

    passed: tuple[str, ...]
    failed: tuple[str, ...]
    skipped: tuple[str, ...]
    failures: tuple[Reported, ...] = ()


def parse_junit(data: bytes) -> JunitReport:
    """The tests in ``data``. Raises InvalidReport."""
    if len(data) > SIZE_LIMIT:
        raise InvalidReport(f"the result file has {len(data)} bytes, more than {SIZE_LIMIT}")
    _Gauge().measure(data)
    try:
        root = JUnitXml.fromstring(data)
        return _report(tuple(_cases(root)))
    except (JUnitXmlError, ValueError, TypeError) as error:
        raise InvalidReport(f"the result file is not JUnit: {error}") from error


class _Gauge:
    """Walks the document once and refuses what is too deep, too long or declares entities."""

    def __init__(self) -> None:
        self._depth = 0
        self._elements = 0

    def measure(self, data: bytes) -> None:
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = self._enter
        parser.EndElementHandler = self._leave
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise InvalidReport(f"the result file is not XML: {error}") from error

    def _enter(self, *_: object) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > DEPTH_LIMIT:
            raise InvalidReport(f"the result file is nested over {DEPTH_LIMIT} deep")
        if self._elements > ELEMENT_LIMIT:
            raise InvalidReport(f"the result file has over {ELEMENT_LIMIT} elements")

    def _leave(self, *_: object) -> None:
        self._depth -= 1


def _refuse_doctype(*_: object) -> None:
    raise InvalidReport("the result file declares a document type")


def _cases(root: JUnitXml | TestSuite) -> list[TestCase]:
    """All test cases; a suite yields those of the suites within it as well."""
    if isinstance(root, TestSuite):
        return list(root)
    return [case for suite in root for case in suite]


def _report(cases: tuple[TestCase, ...]) -> JunitReport:
    failed, skipped, passed = [], [], []
    for case in cases:
        results = case.result
        if any(isinstance(result, Failure | Error) for result in results):
            failed.append(_id(case))
        elif any(isinstance(result, Skipped) for result in results):
            skipped.append(_id(case))
        else:
            passed.append(_id(case))
    told = (one for case in cases for one in _failures(case))
    failures = tuple(islice(told, FAILURE_LIMIT))
    return JunitReport(tuple(passed), tuple(failed), tuple(skipped), failures)


def _failures(case: TestCase) -> Iterator[Reported]:
    for result in case.result:
        if isinstance(result, Failure | Error):
            text = (result.text or "")[-TEXT_LIMIT:]
            yield Reported(_id(case), result.type or "", (result.message or "")[:TEXT_LIMIT], text)
            return


def _id(case: TestCase) -> str:
    """pytest's own id, put together from what the file says."""
    classname, name = case.classname or "", case.name or ""
    file = str(case._elem.get("file") or "")
    if not file:
        return f"{classname}::{name}" if classname else name
    module = file.removesuffix(".py").replace("/", ".")
    if name == module:
        return file  # the module itself could not be collected
    inner = classname.removeprefix(module).strip(".").replace(".", "::")
    return "::".join(part for part in (file, inner, name) if part)
