"""How quick the dashboard is at many trials, beside optuna-dashboard on the same trials.

    OMP_NUM_THREADS=1 python benchmarks/dashboard.py
    OMP_NUM_THREADS=1 python benchmarks/dashboard.py --trials 1000 --refreshes 100 --json

Makes up a study (10,000 trials of 20 curve points), shows it in headless Chromium and measures, as a person would:
seconds from asking for the page to the first picture of the front (with a server that has just been started, and with
one that has read the study already), from a real click on a point to its panel, from a recorded trial to the page that
shows it (less the two seconds of the timer), bytes that such a refresh sends, and the server's memory over many
refreshes. Then the same first picture in optuna-dashboard, from an Optuna study with the same values and curves. Needs
``chromium``, playwright and optuna-dashboard.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from helpers.crowd import Crowd, fill

from autotune.export.study import export_study
from autotune.store import Store

FRONT = "document.querySelector('#front .js-plotly-plot')"
DRAWN = f"() => {FRONT} && ({FRONT}.data || []).some(t => (t.customdata || []).length > 10)"
PLACE = """trial => {
  const plot = document.querySelector('#front .js-plotly-plot'), box = plot.getBoundingClientRect();
  for (const trace of plot.data) {
    const at = (trace.customdata || []).indexOf(trial);
    if (at < 0) continue;
    const {xaxis, yaxis} = plot._fullLayout;
    return [box.left + xaxis._offset + xaxis.d2p(trace.x[at]), box.top + yaxis._offset + yaxis.d2p(trace.y[at])];
  }
}"""


Spent = tuple[float, float]
"""Seconds by the clock, and seconds that server and browser computed: what the first would be on idle cores."""


class Clock:
    """Begins when it is made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), self._computed()

    def since(self) -> Spent:
        """What has passed."""
        return time.perf_counter() - self._wall, self._computed() - self._cpu

    @staticmethod
    def _computed() -> float:
        total = 0.0
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                total += sum(process.cpu_times()[:2])
        return total


def median(spent: Sequence[Spent]) -> Spent:
    """Of each by itself."""
    return statistics.median(wall for wall, _ in spent), statistics.median(cpu for _, cpu in spent)


@contextmanager
def dashboard(path: Path) -> Iterator[tuple[str, psutil.Process]]:
    """A server in a process of its own: its URL and process."""
    command = [sys.executable, "-m", "autotune", "dashboard", "--store", str(path), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        try:
            yield url, psutil.Process(process.pid)
        finally:
            process.terminate()


def first_picture(browser: Browser, url: str) -> tuple[Page, Spent]:
    """A page, and what it took until its front was drawn."""
    page = browser.new_context(viewport={"width": 1600, "height": 1000}).new_page()
    began = Clock()
    page.goto(url)
    page.wait_for_function(DRAWN, timeout=120_000)
    page.wait_for_selector("#front .legendtext", state="attached")
    return page, began.since()


def click(page: Page, trial: int) -> Spent:
    """From a click on a trial's point to its panel with the curve."""
    x, y = page.evaluate(PLACE, trial)
    page.mouse.move(x, y)
    page.wait_for_timeout(300)
    began = Clock()
    page.mouse.click(x, y)
    page.wait_for_selector(f"#panel h2:text-is('Trial {trial}')", timeout=20_000)
    page.wait_for_selector("#curve .scatterlayer", state="attached")
    return began.since()


class Heard:
    """What the page is answered: when the pulse beat last, and bytes over the wire."""

    def __init__(self, page: Page) -> None:
        self.beat, self.bytes = 0.0, 0
        page.on("requestfinished", self._hear)

    def _hear(self, request: Any) -> None:
        if "_dash-update" not in request.url:
            return
        if '"output":"pulse.data"' in (request.post_data or "") and request.response().status == 200:
            self.beat = time.perf_counter()
        self.bytes += max(0, request.sizes()["responseBodySize"])


def record(path: Path, crowd: Crowd) -> None:
    """One trial more."""
    with Store.open(path) as store:
        study = store.study("crowd").id
        for event in crowd.trial("complete"):
            store.append(study, event)


def refreshes(page: Page, path: Path, crowd: Crowd, times: int) -> tuple[list[float], list[int]]:
    """Record a trial so often: seconds from the page's learning of it to its being drawn, and bytes that were sent."""
    heard, seconds, sizes = Heard(page), [], []
    for _ in range(times):
        number = len(crowd.history.trials)
        heard.bytes = 0
        record(path, crowd)
        shown = f"() => {FRONT}.data.some(t => (t.customdata || []).includes({number}))"
        page.wait_for_function(shown, timeout=60_000)
        seconds.append(time.perf_counter() - heard.beat)
        page.wait_for_timeout(1500)
        sizes.append(heard.bytes)
    return seconds, sizes


def memory(url: str, server: psutil.Process, path: Path, crowd: Crowd, times: int) -> list[float]:
    """Megabytes of the server while a page turns its axes and the study grows, by a trial at every tenth look."""
    sent, sizes = None, []
    for i in range(times):
        if i % 10 == 0:
            record(path, crowd)
        state = {"study": "crowd", "view": "front", "theme": "light", "xs": ("log", "linear")[i % 2], "trial": i}
        asked = {
            "output": "..front.figure...sent.data..",
            "outputs": [{"id": "front", "property": "figure"}, {"id": "sent", "property": "data"}],
            "inputs": [
                {"id": "state", "property": "data", "value": state},
                {"id": "pulse", "property": "data", "value": None},
            ],
            "changedPropIds": ["state.data"],
            "state": [{"id": "sent", "property": "data", "value": sent}],
        }
        request = urllib.request.Request(
            url + "_dash-update-component", json.dumps(asked).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            sent = json.loads(answer.read())["response"]["sent"]["data"]
        if i % max(1, times // 10) == 0 or i == times - 1:
            sizes.append(server.memory_info().rss / 1e6)
    return sizes


def optuna_picture(browser: Browser, path: Path) -> dict[str, Any]:
    """Seconds until optuna-dashboard's Pareto front was drawn, and the megabytes of JSON that took."""
    tool = str(Path(sys.executable).with_name("optuna-dashboard"))
    command = [tool, f"sqlite:///{path}", "--port", "8099", "--server", "wsgiref"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _answers("http://127.0.0.1:8099/dashboard/")
            page = browser.new_context(viewport={"width": 1600, "height": 1000}).new_page()
            sizes: list[int] = []
            page.on(
                "response",
                lambda r: sizes.append(int(r.headers.get("content-length", 0))) if "/api/studies/" in r.url else None,
            )
            began = Clock()
            page.goto("http://127.0.0.1:8099/dashboard/studies/1", wait_until="commit", timeout=120_000)
            page.wait_for_function(
                "() => [...document.querySelectorAll('.js-plotly-plot')].some(p =>"
                " (p.data || []).some(t => (t.x || []).length > 100))",
                timeout=180_000,
            )
            seconds = began.since()
            page.wait_for_timeout(1000)
            return {"first_picture_s": seconds, "json_mb": sum(sizes) / 1e6}
        finally:
            process.terminate()


def _answers(url: str) -> None:
    for _ in range(240):
        with suppress(OSError):
            urllib.request.urlopen(url, timeout=60).close()
            return
        time.sleep(0.5)
    raise TimeoutError(url)


def measure(trials: int, points: int, times: int, folder: Path) -> dict[str, Any]:
    """All figures."""
    path, optuna_path = folder / "store.db", folder / "optuna.db"
    if path.exists():
        with Store.open(path) as store:
            crowd = Crowd(points)
            crowd.history = store.history(store.study("crowd").id)
    else:
        crowd = fill(path, trials, points=points)
    if not optuna_path.exists():
        with Store.open(path, read_only=True) as store:
            export_study(store, "crowd", "optuna", f"sqlite:///{optuna_path}")
    found: dict[str, Any] = {"trials": trials, "points": points}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        with dashboard(path) as (url, server):
            page, found["first_picture_cold_s"] = first_picture(browser, url)
            page.close()
            warm = [first_picture(browser, url) for _ in range(3)]
            found["first_picture_s"] = median([spent for _, spent in warm])
            page = warm[-1][0]
            for other, _ in warm[:-1]:
                other.close()
            front = [int(n) for n in (page.get_attribute("#walk", "data-front") or "").split(",")]
            click(page, front[0])
            clicks = [click(page, n) for n in [*front[1:4], front[0]]]
            found["click_s"] = median(clicks)
            seconds, sizes = refreshes(page, path, crowd, 5)
            found["refresh_s"], found["refresh_kb"] = statistics.median(seconds), statistics.median(sizes) / 1000
            page.close()
            print("seen so far:", found, file=sys.stderr)
            found["memory_mb"] = memory(url, server, path, crowd, times)
        found |= {f"optuna_dashboard_{k}": v for k, v in optuna_picture(browser, optuna_path).items()}
        browser.close()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=re.split(r"\n\n", __doc__ or "")[0])
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--points", type=int, default=20, help="curve points of each trial")
    parser.add_argument("--refreshes", type=int, default=1000, help="answers over which memory is watched")
    parser.add_argument("--folder", type=Path, help="keep the made-up studies there, and take them from there again")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(exist_ok=True)
        found = measure(given.trials, given.points, given.refreshes, folder)
    if given.json:
        print(json.dumps(found, indent=2))
        return
    for name, value in found.items():
        print(f"{name:24} {_shown(value)}")


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return f"{value[0]:.2f} by the clock, {value[1]:.2f} computed"
    if isinstance(value, list):
        return ", ".join(f"{v:,.0f}" for v in value)
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
