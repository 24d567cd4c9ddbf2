from dataclasses import replace

from helpers.events import FULL, event_sequences
from hypothesis import given
from hypothesis import strategies as st

from autotune.digest import Digest
from autotune.history import History
from autotune.strategies.changes import Changes


def _line(history, events):
    """A history after each of the events."""
    found = [history]
    for event in events:
        found.append(found[-1].after(event))
    return found


def _told(digest):
    return digest.running, digest.cut_short, digest.others


def _differ(earlier, later):
    before = earlier.trials
    changed = {n: t for n, t in later.trials.items() if before.get(n) is not t}
    return changed, dict.fromkeys(before.keys() - later.trials.keys())


@given(event_sequences(), st.data())
def test_what_is_kept_is_what_a_look_at_every_trial_finds_however_histories_branch(events, data):
    line = _line(History(FULL), events)
    middle = data.draw(st.integers(0, len(events)))
    other = _line(line[middle], events[middle:])
    for history in (*line, *other, History(FULL).after_all(events)):
        assert _told(history.digest) == _told(Digest.of(history.trials))
    for earlier, later in zip(line, line[2:], strict=False):
        if earlier.trials:
            assert later.digest.since(earlier.digest) >= _differ(earlier, later)[0].keys()


@given(event_sequences(), st.data())
def test_changes_miss_nothing_in_whatever_order_histories_are_looked_at(events, data):
    line = _line(History(FULL), events)
    middle = data.draw(st.integers(0, len(events)))
    cut = replace(line[-1], trials=dict(list(line[-1].trials.items())[::2]))
    every = [*line, *_line(line[middle], events[middle:]), cut]
    changes, before = Changes(), History(FULL)
    for history in data.draw(st.lists(st.sampled_from(every), max_size=12)):
        found = changes.since_last(history)
        changed, gone = _differ(before, history)
        assert {n: t for n, t in found.items() if t is None} == gone
        assert changed.items() <= found.items()
        assert all(history.trials[n] is t for n, t in found.items() if t is not None)
        before = history


def test_a_digest_that_another_did_not_grow_from_says_nothing_of_it():
    assert Digest.of({}).since(Digest.of({})) is None
