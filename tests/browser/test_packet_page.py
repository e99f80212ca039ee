"""The packet's page in a real Chromium: it runs nothing, loads nothing and fits every window."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="left out: no playwright here")

PAGES = Path(__file__).parent.parent / "golden" / "packet"
NAMES = ["honest", "stopped", "hostile"]
pytestmark = pytest.mark.browser


def _chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("left out: no Chromium here (apt-get install chromium)")
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(
            executable_path=_chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: object) -> Iterator[object]:
    context = browser.new_context()  # type: ignore[attr-defined]
    opened = context.new_page()
    opened.asked = []  # every request and complaint the page causes
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.on("console", lambda message: opened.asked.append(message.text))
    opened.on("dialog", lambda dialog: opened.asked.append(dialog.message))
    yield opened
    context.close()


def show(page: object, name: str) -> str:
    address = (PAGES / f"{name}.html").as_uri()
    page.goto(address)  # type: ignore[attr-defined]
    return address


@pytest.mark.parametrize("name", NAMES)
def test_the_page_asks_for_nothing_but_itself_and_says_nothing(page, name: str) -> None:  # type: ignore[no-untyped-def]
    address = show(page, name)
    page.wait_for_timeout(200)
    assert page.asked == [address]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_nothing_runs_over_the_edge(page, name: str, width: int, colours: str) -> None:  # type: ignore[no-untyped-def]
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=colours)
    show(page, name)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_verdict_and_risk_are_seen_without_scrolling(page, colours: str) -> None:  # type: ignore[no-untyped-def]
    page.set_viewport_size({"width": 390, "height": 700})
    page.emulate_media(color_scheme=colours)
    show(page, "stopped")
    for text in ("Fail", "low risk", "out of bounds"):
        box = page.get_by_text(text, exact=True).first.bounding_box()
        assert box and box["y"] + box["height"] < 700


_CONTRAST = """() => {
  const parse = c => c.match(/[\\d.]+/g).map(Number);
  const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= .03928 ? v / 12.92
    : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e)
    .backgroundColor); if (c.length < 4 || c[3] > 0) return c.slice(0, 3); }
    return [255, 255, 255]; };
  return [...document.querySelectorAll('h1,h2,p,td,th,dd,dt,li,code,summary,blockquote,span')]
    .filter(e => e.textContent.trim() && e.offsetParent).map(e => {
      const [a, b] = [light(parse(getComputedStyle(e).color).slice(0, 3)), light(ground(e))];
      return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.textContent.slice(0, 40)]; })
    .filter(([ratio]) => ratio < 4.5); }"""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(page, name: str, colours: str) -> None:  # type: ignore[no-untyped-def]
    page.emulate_media(color_scheme=colours)
    show(page, name)
    assert page.evaluate(_CONTRAST) == []


def test_folded_parts_open_by_keyboard(page) -> None:  # type: ignore[no-untyped-def]
    show(page, "honest")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.parentElement.open")


def test_it_prints_on_a_few_sheets(page) -> None:  # type: ignore[no-untyped-def]
    show(page, "honest")
    printed = page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    assert 1 <= printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") <= 3
