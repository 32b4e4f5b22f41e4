"""The aligner's paths: parity with counting them one by one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch", reason="training needs torch, of the extra `train`")

from avatron.training.monotonic import best_path, forward_sum  # noqa: E402


def all_paths(frames: int, optional: NDArray[np.bool_]) -> Iterator[list[int]]:
    """Every path, by walking."""
    last = len(optional) - 1

    def walk(path: list[int]) -> Iterator[list[int]]:
        token = path[-1]
        if len(path) == frames:
            if token == last or (token == last - 1 and optional[last]):
                yield path
            return
        for step in (0, 1, 2):
            after = token + step
            if after <= last and not (step == 2 and not optional[token + 1]):
                yield from walk([*path, after])

    yield from walk([0])


@pytest.mark.parametrize(("frames", "optional"), [(6, [0, 0, 1, 0, 1]), (5, [0, 0, 0]), (7, [0, 1, 0, 1, 0, 1])])
def test_sum_gradient_and_best_path_are_those_of_all_paths_counted_one_by_one(frames: int, optional: list[int]) -> None:
    skippable = np.array(optional, bool)
    table = torch.randn(frames, len(optional), dtype=torch.float64, generator=torch.Generator().manual_seed(frames))
    table.requires_grad_(True)
    places = torch.arange(frames)
    scores = torch.stack([table[places, torch.tensor(path)].sum() for path in all_paths(frames, skippable)])
    wanted = torch.logsumexp(scores, 0)
    (gradient,) = torch.autograd.grad(wanted, table)
    # A second, shorter clip in the batch shows that padding does not leak in.
    batch = torch.randn(2, frames + 3, len(optional) + 2, dtype=torch.float64)
    batch[0, :frames, : len(optional)] = table.detach()
    batch.requires_grad_(True)
    padded = torch.zeros(2, len(optional) + 2, dtype=torch.bool)
    padded[:, : len(optional)] = torch.from_numpy(skippable)
    total = forward_sum(batch, padded, torch.tensor([frames, frames + 3]), torch.tensor([len(optional)] * 2))
    (found,) = torch.autograd.grad(total[0], batch)
    torch.testing.assert_close(total[0], wanted)
    torch.testing.assert_close(found[0, :frames, : len(optional)], gradient)
    assert not found[0, frames:].any()
    assert not found[0, :, len(optional) :].any()
    best = list(all_paths(frames, skippable))[int(scores.argmax())]
    durations = best_path(table.detach().numpy(), skippable)
    assert durations.tolist() == [best.count(token) for token in range(len(optional))]
