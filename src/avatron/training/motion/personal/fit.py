"""From a clip of a person to a decoder that moves as they do: a minute on a core, stopped before it learns by heart."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch.func import functional_call

from avatron.core.speech import Speech
from avatron.core.track import FaceTrack
from avatron.errors import InvalidValueError
from avatron.face.shipped import shipped_head
from avatron.motion.decoder.decoder import MotionDecoder
from avatron.motion.personal.mouth import learn_mouth
from avatron.training.motion.batches import WindowConfig, draw_batch, whole_batch
from avatron.training.motion.examples import MotionExample
from avatron.training.motion.geometry import FaceGeometry
from avatron.training.motion.losses import LossConfig, MotionLoss
from avatron.training.motion.measures import MotionMeasures
from avatron.training.motion.networks.avatron import AvatronNetwork
from avatron.training.motion.personal.adapt import PersonalNetwork
from avatron.training.motion.personal.base import BaseDecoder
from avatron.training.motion.personal.clips import clip_examples
from avatron.training.motion.personal.rehearsal import rehearsal_examples
from avatron.training.motion.stage import group_shares
from avatron.training.stage import Schedule

__all__ = ["FitConfig", "PersonalFit", "fit_person"]

_LARGEST_GRADIENT = 5.0


@dataclass(frozen=True)
class FitConfig:
    """How long, how much may change, and what it is held to.

    Raises:
        InvalidValueError: a number that is out of range.
    """

    steps: int = 240
    """At most; the state with the least error on the part that is not learned from is kept."""
    longest_s: float = 180.0
    """Seconds of processor time after which no step is begun; of the clock's, a busy machine would learn less."""
    rank: int = 16
    """Of the change of each linear layer."""
    schedule: Schedule = field(default_factory=lambda: Schedule(2e-3, final_share=0.05, warm_up_steps=20))
    """Learning rate."""
    windows: WindowConfig = field(default_factory=lambda: WindowConfig(batch=8, without_style=0.0))
    """What a step learns from."""
    losses: LossConfig = field(default_factory=LossConfig)
    """As the decoder's own."""
    rehearsed: float = 0.25
    """Share of the windows that are texts rather than the clip."""
    held_back: float = 0.15
    """Share of the clip, its end, that is not learned from and says when to stop."""
    evaluate_every: int = 20
    """Steps between looks at that part."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.steps < 0 or self.rank < 1 or self.evaluate_every < 1:
            raise InvalidValueError(f"steps {self.steps}, rank {self.rank} and evaluate_every must be positive")
        for name in ("rehearsed", "held_back"):
            if not 0 <= getattr(self, name) < 1:
                raise InvalidValueError(f"{name} {getattr(self, name):g} is outside 0 .. 1")


@dataclass(frozen=True, eq=False)
class PersonalFit:
    """What was learned."""

    network: AvatronNetwork
    steps: int
    """After which the kept state was reached; 0: the base's error could not be lowered."""
    seconds: float
    history: tuple[tuple[int, float], ...]
    """(step, error on the part held back)."""


def fit_person(
    base: BaseDecoder,
    decoder: MotionDecoder,
    track: FaceTrack,
    speeches: Sequence[Speech],
    texts: Sequence[Speech],
    frames: range,
    config: FitConfig | None = None,
    *,
    offset_s: float = 0.0,
    on_progress: Callable[[float], None] = lambda _: None,
) -> PersonalFit:
    """The network of `base` adapted to the `frames` of the track, whose sound holds the `speeches`.

    `decoder` runs the base; `texts` are rehearsed; `offset_s` is by how much the sound comes after the picture.

    Raises:
        InvalidValueError: nobody speaks in those frames.
    """
    config = config or FitConfig()
    began = time.process_time()
    torch.manual_seed(config.seed)
    chooser = np.random.default_rng(config.seed)
    channels = base.config.channels
    geometry = FaceGeometry(shipped_head(), channels)
    split = frames.start + round(len(frames) * (1 - config.held_back))
    learned, held = (
        clip_examples(track, speeches, part, channels, geometry, offset_s=offset_s)
        for part in (range(frames.start, split), range(split, frames.stop))
    )
    if not learned:
        raise InvalidValueError("nobody is heard to speak in the part of the clip that is learned from")
    mouth = learn_mouth(track, speeches, range(frames.start, split), decoder, offset_s=offset_s)
    rehearsed = rehearsal_examples(texts, decoder, mouth)
    examples, shares = (
        [*learned, *rehearsed],
        group_shares([learned, rehearsed], (1 - config.rehearsed, config.rehearsed if rehearsed else 0.0)),
    )
    person = PersonalNetwork(base.network, config.rank)
    losses = MotionLoss(config.losses, geometry)
    optimizer = torch.optim.Adam(person.parameters(), config.schedule.peak, betas=(0.9, 0.98))
    styles = len(base.config.subjects)
    columns = base.network.view.columns_for(config.windows.frames)
    person.network.train()
    history = [(0, _error(person.merged(), held or learned, styles, geometry))]
    best, kept = history[0][1], person.merged()
    best_step = step = 0
    for step in range(1, config.steps + 1):
        if time.process_time() - began > config.longest_s:
            break
        for group in optimizer.param_groups:
            group["lr"] = config.schedule.rate(step, config.steps)
        batch = draw_batch(examples, styles, config.windows, columns, chooser, shares)
        state = person.network.lstm.empty_state(len(batch.target))
        given = (batch.embedding, batch.phoneme_class, batch.age, batch.style, torch.tensor(batch.first), 0)
        curves = functional_call(person.network, person.changed(), (*given, batch.target.shape[1], *state))[0]
        loss = torch.stack(list(losses(curves, batch)[0].values())).sum()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(person.parameters(), _LARGEST_GRADIENT)
        optimizer.step()
        if step % config.evaluate_every == 0 or step == config.steps:
            network = person.merged()
            error = _error(network, held or learned, styles, geometry)
            history.append((step, error))
            if error < best:
                best, kept, best_step = error, network, step
        on_progress(max(step / config.steps, (time.process_time() - began) / config.longest_s))
    return PersonalFit(kept, best_step, time.process_time() - began, tuple(history))


@torch.no_grad()
def _error(network: AvatronNetwork, examples: Sequence[MotionExample], styles: int, geometry: FaceGeometry) -> float:
    """Mean over frames of the largest error of a lip vertex, mm, and what closures are missed."""
    measures = MotionMeasures(geometry)
    for example in examples:
        batch = whole_batch(example, styles, network.view.columns_for)
        measures.add(network.perform(batch), batch)
    return measures.means()["score"]
