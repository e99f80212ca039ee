"""The page of a scan in a real Chromium: it loads nothing and fits every window."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="left out: no playwright here")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("sessions")
    for day in range(1, 29):
        usage = {"input_tokens": 1000 * day, "output_tokens": 10}
        message = {"id": f"msg_{day}", "model": "claude-sonnet-4-5" + "x" * 150, "usage": usage}
        record = {
            "type": "assistant",
            "message": {**message, "role": "assistant", "content": []},
            "requestId": "req",
            "timestamp": f"2026-10-{day:02d}T12:00:00Z",
            "cwd": "/home/dev/" + "<b>w</b>" * 40,
        }
        (folder / f"{day}.jsonl").write_text(json.dumps(record) + "\n")
    environ = {"HOME": str(folder), "REMIT_STATE": str(folder / "state"), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "remit", "scan", str(folder), "--html"]
    page = folder / "report.html"
    page.write_bytes(subprocess.run(command, env=environ, check=True, capture_output=True).stdout)
    return page.as_uri()


@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_page_asks_for_nothing_and_fits(address: str, width: int, colours: str) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("left out: no Chromium here (apt-get install chromium)")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        context = browser.new_context(viewport={"width": width, "height": 900})
        page = context.new_page()
        page.emulate_media(color_scheme=colours)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: asked.append(message.text))
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("svg.plot rect").count() == 28
        assert asked == [address]
        browser.close()
