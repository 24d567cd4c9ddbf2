from __future__ import annotations

import json
import math
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.store.encoding import dumps, loads

_words = st.text(max_size=5) | st.sampled_from(["NaN", "~NaN", "~~Infinity", "-Infinity", "xNaN", "NaN\n"])
_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=3),
    max_leaves=10,
)


@given(_data)
def test_data_come_back_exactly(value: object) -> None:
    text = dumps(value)
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert repr(loads(text)) == repr(value)


def test_floats_that_json_lacks_are_readable_texts() -> None:
    assert dumps({"loss": math.nan, "f1": 0.5}) == '{"loss": "NaN", "f1": 0.5}'


def test_what_numpy_and_read_only_mappings_hold_is_kept() -> None:
    value = {"a": np.float32(0.5), "b": np.int64(3), "c": MappingProxyType({"d": np.float64("nan")}), "e": (1, 2)}
    assert repr(loads(dumps(value))) == repr({"a": 0.5, "b": 3, "c": {"d": math.nan}, "e": [1, 2]})
    with pytest.raises(TypeError, match="set is not JSON data"):
        dumps({"a": {1}})
