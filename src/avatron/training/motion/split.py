"""Which clips of a film corpus are learned from, chosen by and judged on: a rule that needs no list.

All names of the corpus, those that cannot be used included, are put in the order of the sha256 of the name. The first
tenth is the test split, the next twentieth the validation split, the rest is for training. So a clip does not change
its split when others are left out, tracked better or looked at more kindly.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

__all__ = ["TEST_SHARE", "VALID_SHARE", "split_by_name"]

TEST_SHARE = 10
"""One clip in so many is held out: 45 of GRID's 450."""
VALID_SHARE = 20


def split_by_name(names: Iterable[str]) -> dict[str, str]:
    """The split (`train`, `valid` or `test`) of each of all the `names` of a corpus."""
    ordered = sorted(set(names), key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    tests, chosen = len(ordered) // TEST_SHARE, len(ordered) // VALID_SHARE
    return {
        name: "test" if place < tests else "valid" if place < tests + chosen else "train"
        for place, name in enumerate(ordered)
    }
