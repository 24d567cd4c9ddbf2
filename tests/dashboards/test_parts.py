"""The dashboard's parts without a browser."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from autotune.dashboards.figures.front import Axis, front_figure, place
from autotune.dashboards.figures.parallel import parallel_figure
from autotune.dashboards.filtering import parse
from autotune.dashboards.frame import Rows, trials_frame
from autotune.dashboards.guard import is_loopback
from autotune.dashboards.markup import markup
from autotune.dashboards.patching import difference
from autotune.dashboards.reader import Reader
from autotune.dashboards.state import ViewState, read_state
from autotune.dashboards.theme import DARK, LIGHT
from dash import Patch, dcc, html
from helpers.crowd import Crowd, create, fill
from helpers.served import serving

from autotune.errors import AutotuneError
from autotune.objectives import COSTS, Constraint, Objective
from autotune.results import results
from autotune.store import Store

ACCURACY, PARAMS = Objective("f1_accuracy", "maximize"), COSTS["trainable_params"]
X, Y = Axis(PARAMS, True, "trainable_params"), Axis(ACCURACY, False, "f1_accuracy")


def crowd_of(n: int) -> Crowd:
    crowd = Crowd()
    list(crowd.begin())
    for _ in range(n):
        list(crowd.trial())
    return crowd


def frame_of(crowd: Crowd, bounds=()):
    constraints = [Constraint.parse(b) for b in bounds]
    return trials_frame(crowd.history, results(crowd.history, (ACCURACY, PARAMS), constraints), constraints)


@pytest.fixture(scope="module")
def crowd():
    return crowd_of(60)


@pytest.fixture(scope="module")
def frame(crowd):
    return frame_of(crowd)


# Filters

ROW = {"accuracy": 0.8, "method": "lora", "layers": (1, 5), "rank": 4, "lora.rank": 4, "loss": math.nan, "label": ""}
NAMES = {*ROW, "size"}


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("", True),
        ("accuracy > 0.7", True),
        ("0.7 < accuracy <= 0.8", True),
        ('method == "lora" and rank >= 8', False),
        ("not rank >= 8", True),
        ("5 in layers", True),
        ('"lo" in method or size > 3', True),
        ("size > 3", False),
        ("not size > 3", True),
        ("size < 3", False),
        ("loss < 1 or loss >= 1", False),
        ("lora.rank * 2 + 1 == 9", True),
        ("rank / 0 > 1", False),
        ("method > 3", False),
        ('method * 1000 == "x"', False),
        ("rank in [2, 4, 8]", True),
        ("-rank < 0", True),
    ],
)
def test_filters(text, passes):
    assert parse(text, NAMES)(ROW) is passes


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "().__class__",
        "accuracy.__class__.__mro__",
        "lambda: 1",
        "[x for x in layers]",
        "method.upper() == 'LORA'",
        "f'{accuracy}'",
        "rank ** 999999",
        "rank << 3",
        "layers[0] == 1",
        "accuracy if rank else loss",
        "accuracy >",
        "acuracy > 1",
        "rank == " + "1" * 500,
        "(rank := 3)",
    ],
)
def test_filters_that_are_refused(text):
    with pytest.raises(AutotuneError) as refused:
        parse(text, NAMES)
    assert refused.value.remedy


# The frame of all trials


def test_the_frame_agrees_with_the_results(crowd, frame):
    found = results(crowd.history, (ACCURACY, PARAMS))
    assert len(frame) == len(crowd.history.trials)
    assert set(frame[frame.on_front].trial) == {e.trial for e in found.front}
    assert frame[frame.winner].trial.tolist() == [found.winner.trial]
    failed = {t.number for t in crowd.history.trials.values() if t.failure}
    assert failed
    assert set(frame[frame.status == "failed"].trial) == failed
    assert set(frame[frame.status == "control"].trial) == {0, 1, 2}


def test_what_breaks_a_constraint_is_marked_and_on_no_front(crowd):
    bound = frame_of(crowd, ["trainable_params<=20000"])
    over = bound[bound.trainable_params > 20000]
    assert len(over[over.status == "infeasible"]) > 3
    assert not over.on_front.any()


# The front


def test_the_staircase_lies_on_the_front_and_over_everything(frame):
    figure = front_figure(frame, X, Y, LIGHT)
    by_name = {t["name"].split(" (")[0]: t for t in figure["data"]}
    stairs = by_name["staircase"]
    done = frame[frame.status.isin(["front", "dominated", "control"])]
    corners = set(zip(stairs["x"], stairs["y"], strict=True))
    assert {(t, s) for t, s in zip(by_name["front"]["x"], by_name["front"]["y"], strict=True)} <= corners
    heights = np.array(stairs["y"])
    assert (np.diff(heights) >= 0).all()
    for px, score in zip(place(done, X).values, done.f1_accuracy, strict=True):
        below = heights[np.array(stairs["x"]) <= px * (1 + 1e-5)].max()
        assert score <= below + 1e-5
    assert by_name["controls"]["marker"]["symbol"] == "star"
    assert [f"<b>winner {n}</b>" for n in frame[frame.winner].trial] == by_name["winner"]["text"]
    assert figure["layout"]["xaxis"]["type"] == "log"
    assert "lower is better" in figure["layout"]["xaxis"]["title"]["text"]


def test_a_cost_of_nothing_has_a_place_on_a_logarithmic_axis(frame):
    placed = place(frame, X)
    assert placed.floor == pytest.approx(frame.trainable_params[frame.trainable_params > 0].min() / 2.5)
    assert placed.values[0] == placed.floor
    assert place(frame, Axis(PARAMS, False, "trainable_params")).floor is None


def test_an_empty_front_says_why(frame):
    none = frame.iloc[:0]
    assert "No trial yet" in front_figure(none, X, Y, DARK)["layout"]["annotations"][0]["text"]
    held = Axis(ACCURACY, False, "held_out.f1_accuracy")
    told = front_figure(frame.assign(**{held.column: math.nan}), X, held, DARK)
    assert "held-out" in told["layout"]["annotations"][0]["text"]


def test_a_third_objective_is_colour_or_size(frame):
    z = Axis(Objective("loss", "minimize"), False, "loss")
    coloured = front_figure(frame, X, Y, LIGHT, z=z)
    assert coloured["layout"]["coloraxis"]["reversescale"]
    sized = front_figure(frame, X, Y, LIGHT, z=z, size=True)
    sizes = [s for t in sized["data"] if isinstance(t.get("marker", {}).get("size"), list) for s in t["marker"]["size"]]
    assert len(set(sizes)) > 5


def test_parallel_coordinates_never_draw_thousands(crowd, frame):
    many = frame[frame.status == "dominated"].sample(1000, replace=True, random_state=0)
    configs = [crowd.history.trials[n].config for n in many.trial]
    drawn = parallel_figure(many, configs, (ACCURACY, PARAMS), LIGHT)["data"][0]
    assert {len(d["values"]) for d in drawn["dimensions"]} == {300}
    assert len(drawn["dimensions"]) <= 12
    assert all(math.isfinite(v) for d in drawn["dimensions"] for v in d["values"])


# Patches


def applied(figure, patch):
    """What the browser makes of a patch."""
    made = json.loads(json.dumps(figure))
    for step in json.loads(json.dumps(patch.to_plotly_json()))["operations"]:
        *path, last = step["location"]
        place_of = made
        for key in path:
            place_of = place_of[key]
        if step["operation"] == "Assign":
            place_of[last] = step["params"]["value"]
        elif step["operation"] == "Delete":
            del place_of[last]
        elif step["operation"] == "Insert":
            place_of[last].insert(step["params"]["index"], step["params"]["value"])
        else:
            raise AssertionError(step)
    return made


@pytest.mark.parametrize("steps", [1, 3, 40])
def test_a_patch_makes_the_new_figure_of_the_old(steps):
    crowd = crowd_of(50)
    old = front_figure(frame_of(crowd), X, Y, LIGHT)
    for step in range(steps):
        paused = [t.number for t in crowd.history.trials.values() if t.state.value == "paused"]
        list(crowd.thaw(paused[-1]) if step % 3 == 2 and paused else crowd.trial())
    new = front_figure(frame_of(crowd), X, Y, LIGHT)
    patch = difference(old, new)
    assert isinstance(patch, Patch)
    assert applied(old, patch) == json.loads(json.dumps(new))
    assert difference(new, new) is None


def test_a_patch_of_little_is_little():
    crowd = crowd_of(400)
    old = front_figure(frame_of(crowd), X, Y, LIGHT)
    list(crowd.trial("complete"))
    new = front_figure(frame_of(crowd), X, Y, LIGHT)
    sent = len(json.dumps(difference(old, new).to_plotly_json()))
    assert sent < 5000 < len(json.dumps(new)) / 3


def test_html_as_text_says_what_the_components_do_and_escapes_the_rest():
    button = html.Button("a<b", className="x", disabled=True, **{"data-set": '{"filter": "\'<"}'})
    part = html.Div([button, None, 3, html.Option("o", value="v", selected=False)], style={"width": "3%"})
    assert markup(part) == (
        '<div style="width:3%"><button class="x" disabled data-set="{&quot;filter&quot;: &quot;&#x27;&lt;&quot;}">'
        'a&lt;b</button>3<option value="v">o</option></div>'
    )
    with pytest.raises(TypeError, match="Graph"):
        markup([html.Div(dcc.Graph())])


def test_rows_brought_up_to_date_are_those_made_anew():
    crowd, rows, known = crowd_of(40), Rows(), {}
    for step in range(12):
        found = results(crowd.history, (ACCURACY, PARAMS), known=known)
        assert found == results(crowd.history, (ACCURACY, PARAMS))
        frame = trials_frame(crowd.history, found, rows=rows)
        pd.testing.assert_frame_equal(frame, trials_frame(crowd.history, found), check_like=True)
        paused = [t.number for t in crowd.history.trials.values() if t.state.value == "paused"]
        done = [t.number for t in crowd.history.trials.values() if t.state.value == "complete" and t.held_out is None]
        list((crowd.trial(), crowd.thaw(paused[0], done=step % 2 == 0), crowd.score(done[0]))[step % 3])


# State


def test_a_state_from_anybodys_url_is_made_sensible():
    told = {"view": "<b>", "trial": "x", "page": "-3", "brush": "1,2,nan", "xs": "cubic", "others": "a,b", "study": 5}
    state = read_state(told)
    assert state == ViewState(study="5", others=("a", "b"))
    assert read_state(None) == ViewState()
    assert read_state({"brush": "1,2,0.5,0.9", "trial": "7", "theme": "dark"}).brush == (1, 2, 0.5, 0.9)


# The reader


def test_the_reader_reads_what_is_new_and_agrees_with_the_store(tmp_path, monkeypatch):
    path = tmp_path / "store.db"
    crowd = fill(path, 30)
    monkeypatch.setattr("autotune.dashboards.reader.PATIENCE", 0.0)
    with Store.open(path) as writer, Store.open(path, read_only=True) as store:
        reader = Reader(store)
        first = reader.snapshot("crowd")
        assert reader.snapshot("crowd") is first
        asked = []
        real = store.events
        monkeypatch.setattr(store, "events", lambda *a, **k: asked.append((a, k)) or real(*a, **k))
        for event in [*crowd.trial("complete"), *crowd.trial("paused")]:
            writer.append(first.row.id, event)
        second = reader.snapshot("crowd")
        assert asked == [((first.row.id, first.row.revision), {})]
        whole = store.history(first.row.id)
        assert second.history.spent == whole.spent
        assert list(second.history.trials) == list(whole.trials)
        for number, trial in whole.trials.items():
            assert second.history.trials[number].curve[-1:] == trial.curve[-1:]
        assert reader.full(second).trials == whole.trials
        assert reader.full(first).revision == whole.revision
        assert reader.newest() == "crowd"


def test_an_empty_store_says_so(tmp_path):
    with Store.open(tmp_path / "store.db") as store, pytest.raises(AutotuneError, match="no studies"):
        Reader(store).newest()


# Who may look


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("[::1]", True), ("127.8.8.8", True), ("0.0.0.0", False),
     ("192.168.1.4", False), ("example.org", False), ("localhost.example.org", False)],
)  # fmt: skip
def test_loopback(host, own):
    assert is_loopback(host) is own


def test_a_strange_name_that_leads_here_is_refused(tmp_path):
    import urllib.error
    import urllib.request

    path = tmp_path / "store.db"
    with Store.open(path) as store:
        create(store)
    with serving(path) as url:
        with urllib.request.urlopen(url) as answer:
            assert "connect-src 'self'" in answer.headers["Content-Security-Policy"]
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(urllib.request.Request(url, headers={"Host": "evil.example"}))
    with serving(path, host="0.0.0.0") as url:
        token = url.partition("token=")[2]
        assert len(token) >= 24
        port = url.partition("?")[0].rstrip("/").rpartition(":")[2]
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_dash-layout")


def test_a_port_that_is_taken_is_told(tmp_path):
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        create(store)
    with serving(path) as url, Store.open(path, read_only=True) as store:
        from autotune.dashboards.serving import open_dashboard

        with pytest.raises(AutotuneError, match="is taken"):
            open_dashboard(store, port=int(url.rstrip("/").rpartition(":")[2]))
