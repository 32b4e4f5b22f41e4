"""Who judges which films in which order: balanced over listeners, at random within each."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from dataclasses import dataclass

from avatron.errors import InvalidValueError

__all__ = ["Item", "balanced_plans", "rounds_of"]

MOST_PLANS = 1000


@dataclass(frozen=True, order=True)
class Item:
    """One film of a plan: a sentence by a system, or a check."""

    sentence: int
    """Index; -1 of a check."""
    system: int
    """Index of the system, or of the check."""

    @property
    def is_check(self) -> bool:
        """Whether it is a check and no film that is judged."""
        return self.sentence < 0


def rounds_of(sentences: int, systems: int, most: int) -> tuple[int, int]:
    """(sentences that a listener hears, systems that they hear each by), with at most `most` films in all."""
    if most >= sentences:
        return sentences, min(most // sentences, systems)
    return most, 1


def balanced_plans(
    sentences: int, systems: int, *, most: int = 40, plans: int = 120, checks: int = 2, seed: int = 0
) -> list[list[Item]]:
    """`plans` orders of films, one for each listener; the next listener takes the first again.

    Where all films are not too many (`most`), everybody judges all. Otherwise listener n judges sentence i by the
    systems i + n, i + n + 1 ...: the rows of a cyclic Latin square, so that over as many listeners as there are systems
    every film is judged equally often, and no listener judges some systems much oftener than others. Where even one
    film a sentence is too many, the sentences take turns, too.

    The order is random, another one for each listener; no sentence comes twice in a row where that can be helped, and
    checks lie in its inside, one in each stretch of equal length.

    Raises:
        InvalidValueError: nothing to judge, or a number outside its range.
    """
    if sentences < 1 or systems < 1:
        raise InvalidValueError(f"{sentences} sentences by {systems} systems are nothing to judge")
    if most < 1 or not 1 <= plans <= MOST_PLANS or not 0 <= checks <= 20:
        raise InvalidValueError(
            f"{most} films a listener, {plans} plans, {checks} checks; expected 1 or more, 1 .. {MOST_PLANS}, 0 .. 20"
        )
    heard, rounds = rounds_of(sentences, systems, most)
    made = []
    for listener in range(plans):
        start = listener // systems * heard if heard < sentences else 0
        chosen = [(start + place) % sentences for place in range(heard)]
        items = [Item(place, (place + listener + turn) % systems) for place in chosen for turn in range(rounds)]
        generator = random.Random(f"{seed} {listener}")
        made.append(_with_checks(_shuffled(items, generator), checks, generator))
    return made


def _shuffled(items: list[Item], generator: random.Random) -> list[Item]:
    """The items in random order, with equal sentences apart as far as their number allows."""
    left = sorted(items)
    generator.shuffle(left)
    order: list[Item] = []
    while left:
        counts = Counter(item.sentence for item in left)
        sentence, most = counts.most_common(1)[0]
        last = order[-1].sentence if order else None
        allowed = [item for item in left if item.sentence != last] or left
        if most > len(left) - most and sentence != last:
            # One that is more than half of the rest must come now, or it ends up beside itself.
            allowed = [item for item in left if item.sentence == sentence]
        order.append(generator.choice(allowed))
        left.remove(order[-1])
    return order


def _with_checks(order: list[Item], checks: int, generator: random.Random) -> list[Item]:
    """The order with checks inside, one at a random place of each stretch."""
    if len(order) < 2:
        places = [len(order)] * checks
    else:
        edges = [1 + round(part * (len(order) - 1) / checks) for part in range(checks + 1)] if checks else []
        places = [generator.randrange(low, max(high, low + 1)) for low, high in itertools.pairwise(edges)]
    numbers = list(range(checks))
    generator.shuffle(numbers)
    made = list(order)
    for place, number in sorted(zip(places, numbers, strict=True), reverse=True):
        made.insert(place, Item(-1, number))
    return made
