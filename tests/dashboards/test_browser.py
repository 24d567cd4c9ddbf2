"""The page in a real browser: real clicks on real points."""

import json
import math
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from helpers.crowd import create
from helpers.served import serving

from autotune.store import Store

pytestmark = pytest.mark.slow
READY = "() => document.querySelector('#front .legendtext, #page .card, #table .nothing')"
PLACE = """trial => {
  const plot = document.querySelector('#front .js-plotly-plot'), box = plot.getBoundingClientRect();
  for (const trace of plot.data) {
    const at = (trace.customdata || []).indexOf(trial);
    if (at < 0) continue;
    const {xaxis, yaxis} = plot._fullLayout;
    return [box.left + xaxis._offset + xaxis.d2p(trace.x[at]), box.top + yaxis._offset + yaxis.d2p(trace.y[at])];
  }
}"""


@pytest.fixture
def page(chromium, served):
    """The front, drawn; every request and every error of the page is kept."""
    with open_page(chromium, served.url) as made:
        yield made


def open_page(chromium, url, **options):
    from contextlib import contextmanager

    @contextmanager
    def opened():
        context = chromium.new_context(viewport={"width": 1400, "height": 1000}, **options)
        made = context.new_page()
        made.set_default_timeout(90_000)  # a busy machine is no failure
        made.asked, made.errors = [], []
        made.on("request", lambda request: made.asked.append(request.url))
        made.on("pageerror", lambda error: made.errors.append(str(error)))
        made.goto(url)
        made.wait_for_function(READY, timeout=60_000)
        made.wait_for_timeout(300)
        yield made
        assert made.errors == []
        context.close()

    return opened()


def state(page) -> dict:
    return {k: v[0] for k, v in parse_qs(urlsplit(page.url).query).items()}


def heading(page) -> str:
    return page.inner_text("#panel h2")


def front(page) -> list[int]:
    return [int(n) for n in page.get_attribute("#walk", "data-front").split(",")]


def test_a_click_on_a_point_opens_its_panel_and_stays_on_the_page(page, served):
    trial = front(page)[1]
    before = page.evaluate("performance.timeOrigin")
    page.mouse.click(*page.evaluate(PLACE, trial))
    page.wait_for_selector(f"#panel h2:text-is('Trial {trial}')")
    assert page.evaluate("performance.timeOrigin") == before
    assert state(page)["trial"] == str(trial)
    text = page.inner_text("#panel")
    assert "DIFFERENCE FROM THE DEFAULT" in text
    assert "nothing to promote: a new trial" in text
    assert f"autotune show crowd/{trial} --curve" in text
    page.wait_for_selector("#curve .scatterlayer .point")
    page.keyboard.press("Escape")
    page.wait_for_selector("#panel h2:text-is('Front')")


PIXEL = """([name, left, top]) => {
  const canvas = document.querySelector(`#front canvas.${name}`), box = canvas.getBoundingClientRect();
  const scale = canvas.width / box.width;
  return canvas.getContext("2d").getImageData((left - box.left) * scale, (top - box.top) * scale, 1, 1).data[3];
}"""


def test_what_the_canvas_draws_is_where_plotly_hears_a_click(page):
    traces = page.evaluate("document.querySelector('#front .js-plotly-plot').data.map(t => [t.meta, t.customdata])")
    clouds = [trials for meta, trials in traces if meta == "canvas" and trials]
    assert len(clouds) == 2  # dominated, and trained in part
    every = [n for _, trials in traces for n in trials or [] if isinstance(n, int)]
    drawn = {n: page.evaluate(PLACE, n) for n in every}.values()
    for trials in clouds:
        places = [page.evaluate(PLACE, n) for n in trials]
        covered = "([x, y]) => document.elementFromPoint(x, y)?.closest('.legend, .modebar, text')"
        seen = [(n, at) for n, at in zip(trials, places, strict=True) if page.evaluate(PIXEL, ["points", *at])]
        assert len(seen) > 0.5 * len(trials)  # the others are out of sight
        trial, at = next(
            (n, at)
            for n, at in seen
            if sum(math.dist(at, o) < 25 for o in drawn) == 1 and not page.evaluate(covered, at)
        )
        page.mouse.click(*at)
        page.wait_for_selector(f"#panel h2:text-is('Trial {trial}')")
        page.wait_for_timeout(100)
        assert page.evaluate(PIXEL, ["ring", at[0] + 11, at[1]])


def test_nothing_leaves_the_machine(page):
    for view in ("Progress", "Insight", "Compare", "Table"):
        page.click(f"nav >> text={view}")
        page.wait_for_timeout(700)
    assert page.locator(".modebar-btn").count() > 3
    assert page.locator("[data-title*=hare]").count() == 0  # plotly's "Share chart" would send it away
    hosts = {urlsplit(url).hostname for url in page.asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {"127.0.0.1"}


def test_a_box_filters_the_table_and_goes_into_the_url(page):
    area = page.evaluate(
        "() => { const b = document.querySelector('#front .nsewdrag').getBoundingClientRect();"
        " return [b.left, b.top, b.width, b.height]; }"
    )
    left, top, width, height = area
    page.mouse.move(left + 0.5 * width, top + 0.02 * height)
    page.mouse.down()
    page.mouse.move(left + 0.8 * width, top + 0.4 * height, steps=6)
    page.mouse.move(left + 0.98 * width, top + 0.6 * height, steps=6)
    page.mouse.up()
    page.wait_for_selector("text=clear box")
    shown, total = re.match(r"(\d+) of (\d+) trials", page.inner_text(".count")).groups()
    assert 0 < int(shown) < int(total)
    box = [float(v) for v in state(page)["brush"].split(",")]
    params = [
        float(c.replace(",", "")) for c in page.locator("table.trials tbody tr td:nth-child(5)").all_inner_texts()
    ]
    assert all(box[0] <= p <= box[1] for p in params)
    page.reload()
    page.wait_for_selector("text=clear box")
    assert page.inner_text(".count") == f"{shown} of {total} trials"
    page.click("text=clear box")
    page.wait_for_selector("text=clear box", state="detached")
    assert "brush" not in state(page)
    assert page.evaluate("(document.querySelector('#front .js-plotly-plot').layout.selections || []).length") == 0


def test_a_filter_narrows_plot_and_table_and_tells_what_is_wrong(page):
    drawn = "document.querySelector('#front .js-plotly-plot').data.reduce((n, t) => n + (t.customdata || []).length, 0)"
    before = page.evaluate(drawn)
    page.fill("#filter", 'method == "lora" and rank >= 4')
    page.keyboard.press("Enter")
    page.wait_for_selector("text=clear filter")
    page.wait_for_function(f"{drawn} < {before}")
    texts = page.locator("td.config").all_inner_texts()
    assert texts
    assert all("lora" in t for t in texts)
    page.fill("#filter", "acuracy > 0.5")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=no trial has 'acuracy'")
    page.fill("#filter", "__import__('os').system('true')")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=the filter may not say")


def test_axes_scales_and_the_url_round_trip(chromium, page, served):
    page.select_option("select[data-key=x]", "stored_bytes")
    page.wait_for_function("document.querySelector('#front .xtitle').textContent.startsWith('stored_bytes')")
    page.select_option("select[data-key=xs]", "linear")
    page.wait_for_function("document.querySelector('#front .js-plotly-plot').layout.xaxis.type == 'linear'")
    page.select_option("select[data-key=z]", "loss")
    page.wait_for_selector("#front .cbtitle")
    page.click("th >> text=f1_accuracy")
    page.wait_for_selector("th[aria-sort=ascending]")
    page.locator("table.trials tbody tr").nth(2).click()
    page.wait_for_selector("#panel h2:has-text('Trial')")
    said, first = heading(page), page.inner_text("table.trials tbody tr")
    assert state(page) | {"x": "stored_bytes", "xs": "linear", "z": "loss", "sort": "f1_accuracy"} == state(page)
    with open_page(chromium, page.url) as again:
        again.wait_for_selector("#front .cbtitle")
        again.wait_for_selector("#panel h2:has-text('Trial')")
        assert heading(again) == said
        assert again.inner_text("table.trials tbody tr") == first
        assert again.input_value("select[data-key=x]") == "stored_bytes"


def test_a_running_study_grows_on_the_page_which_keeps_zoom_and_selection(page, served):
    trial = front(page)[-1]
    page.mouse.click(*page.evaluate(PLACE, trial))
    page.wait_for_selector(f"#panel h2:text-is('Trial {trial}')")
    zoom = "document.querySelector('#front .js-plotly-plot').layout.yaxis.range"
    page.evaluate(
        "Plotly.relayout(document.querySelector('#front .js-plotly-plot'),"
        " {'yaxis.range[0]': 0.5, 'yaxis.range[1]': 0.97})"
    )
    count = page.inner_text(".count")
    known = len(served.crowd.history.trials)
    served.grow(lambda c: c.trial("complete"))
    page.wait_for_function(f"document.querySelector('.count').textContent != {json.dumps(count)}", timeout=90_000)
    shown = f"""() => document.querySelector('#front .js-plotly-plot').data
                  .some(t => (t.customdata || []).includes({known}))"""
    page.wait_for_function(shown, timeout=90_000)
    assert heading(page) == f"Trial {trial}"
    assert page.evaluate(zoom) == [0.5, 0.97]
    paused = next(t.number for t in served.crowd.history.trials.values() if t.state.value == "paused")
    served.grow(lambda c: c.thaw(paused, done=False))
    page.wait_for_selector("#front .legendtext:has-text('running')", timeout=90_000)


def test_what_is_sent_for_a_patch_is_what_a_fresh_page_shows(chromium, page, served):
    points = """() => document.querySelector('#front .js-plotly-plot').data
        .map(t => [t.name, JSON.stringify(t.customdata || []), JSON.stringify(t.x), JSON.stringify(t.y)])"""
    for step in range(4):
        known = len(served.crowd.history.trials)
        paused = next(t.number for t in served.crowd.history.trials.values() if t.state.value == "paused")
        served.grow(lambda c, n=paused, s=step: c.thaw(n) if s % 2 else c.trial("complete"))
        wanted = paused if step % 2 else known
        page.wait_for_function(
            f"""() => document.querySelector('#front .js-plotly-plot').data.some(
                t => !/part/.test(t.name) && (t.customdata || []).includes({wanted}))""",
            timeout=90_000,
        )
    with open_page(chromium, served.url) as fresh:
        assert fresh.evaluate(points) == page.evaluate(points)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_follow_the_system(chromium, served, scheme):
    with open_page(chromium, served.url, color_scheme=scheme) as page:
        page.wait_for_function(
            "document.querySelector('#front .js-plotly-plot').layout.font.color == "
            + json.dumps("#e6e9ee" if scheme == "dark" else "#1c2024")
        )
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background == ("rgb(15, 18, 22)" if scheme == "dark" else "rgb(245, 246, 248)")
        page.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
        page.wait_for_function(
            "document.querySelector('#front .js-plotly-plot').layout.font.color == "
            + json.dumps("#1c2024" if scheme == "dark" else "#e6e9ee")
        )


def test_keys_walk_along_the_front_and_turn_the_views(page):
    walk = front(page)
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(f"#panel h2:text-is('Trial {walk[0]}')")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(f"#panel h2:text-is('Trial {walk[1]}')")
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector(f"#panel h2:text-is('Trial {walk[0]}')")
    page.keyboard.press("?")
    page.wait_for_selector("text=along the front")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_selector("#panel h2:text-is('Front')")
    page.keyboard.press("Enter")
    page.wait_for_selector(".badge.winner")
    page.keyboard.press("2")
    page.wait_for_selector("#hypervolume .scatterlayer")
    assert state(page)["view"] == "progress"
    page.go_back()
    page.wait_for_selector(".badge.winner", state="visible")


def test_every_view_shows_what_the_study_holds(page):
    page.click("nav >> text=Progress")
    page.wait_for_selector("#best .scatterlayer")
    assert page.locator("#timeline .bars .point").count() > 30
    page.click(".failures summary >> nth=0")
    assert "File <train.py>" in page.inner_text(".failures pre >> nth=0")
    page.click("nav >> text=Insight")
    page.wait_for_selector("#layers .hm")
    page.wait_for_selector("#parallel .parcoords, #parallel canvas")
    assert page.locator("[id^=importance-]").count() >= 4
    page.wait_for_selector("#calibration .scatterlayer")


def test_names_from_outside_are_shown_as_text(chromium, tmp_path):
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        create(store, "plain")
        with store._write() as connection:  # no name like this passes `create_study`; another program's might
            import sqlalchemy as sa

            from autotune.store import tables as t

            evil = "<script>window.hurt=1</script><img src=x onerror='window.hurt=1'>"
            connection.execute(sa.update(t.studies).values(name=evil))
    with serving(path) as url, open_page(chromium, url) as page:
        assert evil in page.inner_html("#header").replace("&lt;", "<").replace("&gt;", ">")
        assert page.evaluate("window.hurt") is None
        assert "No trial has been started yet" in page.inner_text("#table")
        for view in ("Progress", "Insight", "Compare"):
            page.click(f"nav >> text={view}")
            page.wait_for_timeout(500)
        assert page.evaluate("window.hurt") is None


def test_without_the_token_there_is_nothing(chromium, served):
    with serving(served.path, token="a-long-enough-token") as url:
        bare = url.split("?")[0]
        context = chromium.new_context()
        refused = context.new_page()
        assert refused.goto(bare).status == 401
        assert refused.request.get(bare + "_dash-layout").status == 401
        assert refused.request.get(bare + "assets/page.js").status == 401
        assert refused.goto(bare + "?token=wrong-one").status == 401
        refused.goto(url)
        refused.wait_for_selector("#front .legendtext", timeout=30_000)
        assert "token" not in refused.url
        context.close()
