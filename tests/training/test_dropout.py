"""Quick dropout: the right share, seeded by torch, gone afterwards."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import dropout

from autotune.training.dropout import quick_dropout

CPU = torch.device("cpu")
ONES = torch.ones(1000, 1003)


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_it_drops_the_share_asked_for(p: float, dtype: torch.dtype) -> None:
    torch.manual_seed(1)
    with quick_dropout(CPU):
        out = dropout(ONES.to(dtype), p)
    dropped = (out == 0).float()
    assert dropped.mean().item() == pytest.approx(p, abs=5 * (p * (1 - p) / ONES.numel()) ** 0.5 + 2e-5)
    kept = out[out != 0]
    assert torch.equal(kept, torch.full_like(kept, 1 / (1 - p) if p < 1 else 1.0))
    if 0 < p < 1:  # neither rows, columns nor neighbours go together
        assert dropped.mean(0).std().item() == pytest.approx((p * (1 - p) / 1000) ** 0.5, rel=0.15)
        assert dropped.mean(1).std().item() == pytest.approx((p * (1 - p) / 1003) ** 0.5, rel=0.15)
        pairs = torch.corrcoef(torch.stack([dropped.flatten()[:-1], dropped.flatten()[1:]]))
        assert abs(pairs[0, 1].item()) < 0.01


def test_masks_follow_from_torch_s_seed_and_differ_within_it() -> None:
    with quick_dropout(CPU):
        torch.manual_seed(1)
        first, second = dropout(ONES, 0.5), dropout(ONES, 0.5)
        torch.manual_seed(1)
        again = dropout(ONES, 0.5)
    assert torch.equal(first, again)
    assert not torch.equal(first, second)


def test_torch_s_own_dropout_is_back_afterwards_also_after_an_error() -> None:
    def own() -> torch.Tensor:
        torch.manual_seed(1)
        return dropout(ONES, 0.5)

    before = own()
    with pytest.raises(ZeroDivisionError), quick_dropout(CPU):
        assert not torch.equal(own(), before)
        1 / 0  # noqa: B018
    assert torch.equal(own(), before)


def test_gradients_pass_where_values_did() -> None:
    x = torch.randn(50, 50, requires_grad=True)
    with quick_dropout(CPU):
        out = dropout(x, 0.25)
        out.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, torch.where(out != 0, torch.tensor(1 / 0.75), torch.tensor(0.0)))
