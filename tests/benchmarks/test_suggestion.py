"""That a suggestion's seconds can be told: on a small history."""

from helpers.scripts import script

suggestion = script("suggestion")


def test_each_history_has_one_trial_more_and_every_answer_is_timed():
    past = suggestion.histories(12, 3, 3)
    assert [len(h.trials) for h in past] == [12, 13, 14]
    for name in suggestion.STRATEGIES:
        found = suggestion.ours(name, past, 3)
        assert found["median_cpu_s"] > 0
        assert found["median_s"] <= found["longest_s"]
