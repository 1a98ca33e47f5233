"""Look at the site in a browser: ``python -m tests.lab.browse --axe FOLDER/node_modules/axe-core/axe.min.js``.

It needs Chromium and its driver (Debian's chromium and chromium-driver), selenium (``pip install selenium``), and
axe-core (``npm install axe-core`` in a folder that is thrown away). Each page is opened wide and light, and dark on a
phone: nothing may stand out of it, and axe may find nothing serious. Each question is typed into the search, and must
find its page first, or soon. With ``--shots`` pictures are written. The exit status is 1 if something was found.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from tests.frontends import ROOT
from tests.lab.questions import BLIND, QUESTIONS

WIDTHS = {"phone": 360, "wide": 1280}
LOOKS = [("phone", "dark"), ("wide", "light")]  # of a page's faults, the size has some and the colours the others
_WIDER = """
return [...document.querySelectorAll('body *')].filter(each => {
    const box = each.getBoundingClientRect();
    if (!box.width || box.right <= innerWidth + 1) return false;
    for (let above = each; above; above = above.parentElement) {
        const style = getComputedStyle(above);
        if (style.position === 'fixed' || ['auto', 'scroll', 'hidden'].includes(style.overflowX)) return false;
    }
    return true;
}).map(each => each.outerHTML.slice(0, 80)).concat(
    document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : []);
"""
_AXE = """
const done = arguments[arguments.length - 1];
axe.run().then(found => done(found.violations.filter(each => ['serious', 'critical'].includes(each.impact))
    .map(each => each.id + ': ' + each.nodes.map(node => node.target.join(' ')).slice(0, 3).join(', '))));
"""


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def _browser() -> Iterator[Any]:
    from selenium import webdriver  # noqa: PLC0415 - no extra has it
    from selenium.webdriver.chrome.service import Service  # noqa: PLC0415

    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in ("--headless=new", "--no-sandbox", "--hide-scrollbars", "--disable-gpu"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    driver.set_script_timeout(120)
    try:
        yield driver
    finally:
        driver.quit()


def _show(driver: Any, width: int, scheme: str) -> None:
    """Set the window's width and the colours that the system prefers."""
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    wanted = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", wanted)


def _look(driver: Any, url: str, axe: str) -> list[str]:
    driver.get(url)
    driver.execute_script(axe)
    found: list[str] = [f"wider than the page: {each}" for each in driver.execute_script(_WIDER)[:3]]
    return [*found, *driver.execute_async_script(_AXE)]


def _first_found(driver: Any, site: str, question: str) -> list[str]:
    """Type a question into the search, and give the pages that it finds."""
    driver.get(f"{site}/index.html")
    field = driver.find_element("css selector", "input[name=q]")
    field.send_keys(question)
    field.submit()
    summary = "return document.querySelector('#search-results p.search-summary')?.textContent || ''"
    end = time.monotonic() + 30
    while time.monotonic() < end and not driver.execute_script(summary):
        time.sleep(0.1)
    links = "return [...document.querySelectorAll('#search-results ul.search li > a')].map(each => each.pathname)"
    time.sleep(0.3)
    return [str(path).removeprefix("/").removesuffix(".html") for path in driver.execute_script(links)]


def _ask(driver: Any, site: str, questions: Mapping[str, str], among: int) -> list[str]:
    """Say which questions do not find their page among so many."""
    found = {question: _first_found(driver, site, question) for question in questions}
    return [
        f"{question!r} finds {json.dumps(found[question][:4])}, not {page} among {among}"
        for question, page in questions.items()
        if page not in found[question][:among]
    ]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--axe", type=Path, required=True, help="axe.min.js of axe-core")
    parser.add_argument("--shots", type=Path, help="a folder for pictures")
    parser.add_argument("--only", choices=("pages", "questions"), help="one half")
    flags = parser.parse_args(arguments)
    faults = list[str]()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "sphinx", "-q", str(ROOT / "docs"), folder], check=True)
        pages = sorted(Path(folder).rglob("*.html"))
        names = [str(page.relative_to(folder)) for page in pages if not page.name.startswith(("genindex", "py-mod"))]
        with _served(Path(folder)) as site, _browser() as driver:
            if flags.only != "questions":
                for name in names:
                    faults += _look_at_page(driver, site, name, flags.axe.read_text("utf-8"), flags.shots)
            if flags.only != "pages":
                _show(driver, WIDTHS["wide"], "light")
                faults += _ask(driver, site, QUESTIONS, 1) + _ask(driver, site, BLIND, 3)
    asked = len(QUESTIONS) + len(BLIND)
    print("\n".join(faults) or f"{len(names)} pages and {asked} questions: nothing found")
    return bool(faults)


def _look_at_page(driver: Any, site: str, name: str, axe: str, shots: Path | None) -> list[str]:
    faults = list[str]()
    for size, scheme in LOOKS:
        _show(driver, WIDTHS[size], scheme)
        faults += [f"{name}, {size}, {scheme}: {each}" for each in _look(driver, f"{site}/{name}", axe)]
        if shots:
            shots.mkdir(parents=True, exist_ok=True)
            driver.save_screenshot(str(shots / f"{name.replace('/', '-')}-{size}-{scheme}.png"))
    return faults


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
