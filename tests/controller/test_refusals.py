"""What is refused once the workers have told of model and speed, and before a trial; and a study of failures."""

import re
from dataclasses import replace

import pytest
from helpers.minilm import MODEL
from helpers.studies import run, spec

from autotune.controller.checks import check_controls
from autotune.errors import AutotuneError
from autotune.store import Store
from autotune.trial import Failure, FailureKind, SegmentResult, SegmentStatus


def failing(segment):
    failure = Failure(FailureKind.OUT_OF_MEMORY, "no memory left", "Traceback")
    return SegmentResult(
        segment.number,
        segment.trial,
        segment.attempt,
        SegmentStatus.FAILED,
        segment.start,
        device_seconds=3.0,
        failure=failure,
    )


def test_a_study_of_nothing_but_failures_says_so(tmp_path):
    outcome = run(tmp_path, spec(budget=("4trials",), controls=()), answer=failing)
    assert outcome.status == "failed"
    assert re.fullmatch(r"no trial succeeded \(4 out_of_memory\)", outcome.message)


@pytest.mark.parametrize(
    ("changes", "said", "remedy"),
    [
        ({"min_resource": 10**6, "max_epochs": 1.0}, "min_resource=1,000,000", "--min-resource"),
        ({"enqueue": ({"method": "lora", "lora.rank": 4, "lora.layers": (0, 99)},)}, "99", "spaces show"),
    ],
)
def test_what_cannot_work_is_refused_and_nothing_recorded(tmp_path, changes, said, remedy):
    with pytest.raises(AutotuneError, match=said) as error:
        run(tmp_path, spec(**changes))
    assert remedy in str(error.value.remedy)
    with Store.open(str(tmp_path / "store.db")) as store:
        assert store.studies() == []


def test_a_control_that_the_model_cannot_bear_can_be_left_out():
    fused = replace(MODEL, linears=tuple(x for x in MODEL.linears if x.role not in ("query", "key", "value")))
    with pytest.raises(AutotuneError, match="control 'lora' cannot run") as error:
        check_controls(("head", "lora", "lora-tuned"), fused)
    assert error.value.remedy == "leave it out: --set controls=head"
    check_controls(("head", "full"), fused)
    check_controls((), fused)
