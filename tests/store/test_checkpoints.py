from __future__ import annotations

import errno
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from helpers.events import FULL, decide, result_of

from autotune.decision import Start, Thaw
from autotune.errors import AutotuneError
from autotune.history import History, Returned
from autotune.store import Store
from autotune.trial import SegmentStatus

New = Callable[..., int]


def _train(store: Store, study: int, end: int, trial: int | None = None, **more: object) -> History:
    """One more segment: of a new trial, or of an old one."""
    history = store.history(study)
    decision = decide(history, Start({"method": "lora"}, end, "new") if trial is None else Thaw(trial, end, "more"))
    assert store.append(study, decision)
    history = history.after(decision)
    result = result_of(history, decision.trial, **more)  # type: ignore[arg-type]
    assert store.append(study, Returned(result))
    return history.after(Returned(result))


def _files(store: Store) -> list[Path]:
    return sorted(p for p in store.checkpoints.rglob("*") if p.is_file())


def test_the_newest_replaces_the_one_before(lite: Store, new_study: New) -> None:
    study = new_study(lite)
    _train(lite, study, 10, checkpoint=b"at 10")
    _train(lite, study, 30, 0, checkpoint=b"at 30")
    assert lite.checkpoint(study, 0) == b"at 30"
    (file,) = _files(lite)
    assert file.read_bytes() == b"at 30"
    (row,) = lite.checkpoint_rows(study)
    assert (row.trial, row.examples, row.bytes, lite.checkpoints / row.path) == (0, 30, 5, file)
    assert lite.garbage() == []


def test_a_segment_that_got_nowhere_leaves_the_earlier_one(lite: Store, new_study: New) -> None:
    study = new_study(lite)
    _train(lite, study, 10, checkpoint=b"at 10")
    _train(lite, study, 30, 0, examples=10, status=SegmentStatus.CANCELLED, curve=())
    assert lite.checkpoint(study, 0) == b"at 10"


def test_one_that_is_behind_its_trial_is_of_no_use(lite: Store, new_study: New) -> None:
    study = new_study(lite)
    _train(lite, study, 10, checkpoint=b"at 10")
    _train(lite, study, 30, 0)
    assert lite.checkpoint(study, 0) is None
    assert lite.checkpoint(study, 7) is None


@pytest.mark.parametrize("damage", ["missing", "short", "changed"])
def test_a_damaged_one_is_never_given(
    lite: Store, new_study: New, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    study = new_study(lite)
    _train(lite, study, 10, checkpoint=b"state")
    (file,) = _files(lite)
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(b"stat" if damage == "short" else b"State")
    assert lite.checkpoint(study, 0) is None
    assert "missing or damaged" in caplog.text
    assert lite.check() == [f"the checkpoint {file} is {'missing' if damage == 'missing' else 'damaged'}"]
    assert len(lite.check(deep=False)) == (0 if damage == "changed" else 1)


def test_dropping_frees_what_is_not_kept(lite: Store, new_study: New) -> None:
    study = new_study(lite)
    for state in (b"one", b"twotwo", b"three"):
        _train(lite, study, 10, checkpoint=state)
    assert lite.drop_checkpoints(study, keep=[1]) == 8
    assert [lite.checkpoint(study, i) for i in range(3)] == [None, b"twotwo", None]
    assert lite.drop_checkpoints(study, keep=[1]) == 0
    assert lite.drop_checkpoints(study, keep=[]) == 6
    assert list(lite.checkpoints.iterdir()) == []  # the folders went too
    assert lite.check() == []


def test_garbage_is_what_no_study_knows(lite: Store, new_study: New) -> None:
    study = new_study(lite)
    _train(lite, study, 10, checkpoint=b"state")
    (known,) = _files(lite)
    (known.parent / ".half.ckpt.tmp").write_bytes(b"1234")
    (lite.checkpoints / "99-gone").mkdir()
    (lite.checkpoints / "99-gone" / "old.ckpt").write_bytes(b"567890")
    assert lite.garbage() == ["1-mrpc/trial-00000/.half.ckpt.tmp", "99-gone/old.ckpt"]
    with lite.acquire(study):
        assert lite.garbage() == ["99-gone/old.ckpt"]  # the controller may be writing the other
    assert lite.collect_garbage() == 10
    assert _files(lite) == [known]


def test_what_a_killed_writer_left_goes_with_the_next_checkpoint(lite: Store, new_study: New) -> None:
    study = new_study(lite)
    _train(lite, study, 10, checkpoint=b"at 10")
    (_files(lite)[0].parent / "000001-0-30-abc.ckpt").write_bytes(b"never recorded")
    _train(lite, study, 30, 0, checkpoint=b"at 30")
    assert [p.read_bytes() for p in _files(lite)] == [b"at 30"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_changes_nothing(lite: Store, new_study: New, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    study = new_study(lite)
    _train(lite, study, 10, checkpoint=b"at 10")
    lite.append(study, decide(lite.history(study), Thaw(0, FULL, "more")))
    before = lite.history(study)
    result = Returned(result_of(before, 0, checkpoint=b"at 90"))

    def full(handle: int) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(AutotuneError, match=r"no space left(.|\n)*free some, then: autotune resume mrpc"):
            lite.append(study, result)
    assert lite.history(study) == before
    assert lite.checkpoint(study, 0) == b"at 10"
    assert len(_files(lite)) == 1
    assert lite.append(study, result)
    assert lite.checkpoint(study, 0) == b"at 90"


def test_searches_that_begin_at_the_same_moment_do_not_take_each_others_folders(tmp_path):
    url = str(tmp_path / "store.db")
    Store.open(url).close()

    def begin(_: int) -> None:
        with Store.open(url) as store:
            for _ in range(10):
                store.check_writable()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(begin, range(4)))
    assert not [p for p in tmp_path.rglob("*") if "probe" in p.name]
