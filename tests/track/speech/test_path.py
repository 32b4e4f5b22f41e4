"""The best path is the best of all paths, counted one by one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from avatron.track.speech.path import StateChain, best_path, chain_of
from avatron.track.speech.sounds import STATES


def all_paths(chain: StateChain, frames: int, begins: np.ndarray, ends: np.ndarray) -> Iterator[list[int]]:
    """Every path, by walking."""

    def walk(path: list[int]) -> Iterator[list[int]]:
        if len(path) == frames:
            if ends[path[-1]]:
                yield path
            return
        for place in range(len(chain.state)):
            if path[-1] in chain.before[place][chain.before[place] >= 0]:
                yield from walk([*path, place])

    for start in np.flatnonzero(begins):
        yield from walk([int(start)])


@pytest.mark.parametrize("optional", [(1, 0, 1, 0, 1), (0, 0, 1, 1, 0), (0, 1, 0, 0, 0)])
def test_the_best_path_is_the_best_of_all(optional: tuple[int, ...]) -> None:
    chain = chain_of(np.array([0, 5, 9, 0, 7]), np.array(optional, bool))
    table = np.random.default_rng(sum(optional)).normal(size=(9, STATES)).astype(np.float32)
    begins, ends = chain.sound <= 1, chain.sound >= 3
    scores = {
        tuple(path): float(table[np.arange(9), chain.state[path]].sum()) for path in all_paths(chain, 9, begins, ends)
    }
    best = max(scores, key=lambda path: scores[path])
    found = best_path(table, chain, begins, ends)
    assert found is not None
    assert tuple(found.place.tolist()) == best and found.score == pytest.approx(scores[best], abs=1e-4)


def test_too_few_frames_have_no_path() -> None:
    chain = chain_of(np.array([5, 9, 7]), np.zeros(3, bool))
    ends = chain.sound == 2
    table = np.zeros((5, STATES), np.float32)
    assert best_path(table, chain, chain.sound == 0, ends) is not None
    begins = np.arange(len(chain.state)) == 0
    assert best_path(table, chain, begins, np.arange(len(chain.state)) == 5) is None


def test_a_path_stays_where_it_is_allowed() -> None:
    chain = chain_of(np.array([5, 9]), np.zeros(2, bool))
    allowed = np.ones((8, 4), bool)
    allowed[:5, 2:] = False
    every = np.ones(4, bool)
    table = np.random.default_rng(4).normal(size=(8, STATES)).astype(np.float32)
    path = best_path(table, chain, chain.sound == 0, every, allowed)
    assert path is not None and (path.place[:5] < 2).all()
