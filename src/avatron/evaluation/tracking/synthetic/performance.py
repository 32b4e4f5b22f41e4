"""How the people of the films move: random processes of our own, not the animators that the package ships.

Speech is a rhythm of syllables of 4 to 7 a second, each with an opening, a shape of the lips and often a closure at
its end; grimaces rise, stay and fall, mostly on one side; lids blink, eyes jump from target to target, the head
wanders. Everything follows from a seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Performance", "PerformancePlan", "perform"]

Floats = NDArray[np.float64]

GAZE_REACH_DEG = (30.0, 25.0)
"""Sideways and up: where an `eyeLook` shape has weight 1."""

_VOWELS: tuple[dict[str, float], ...] = (
    {"jawOpen": 1.0, "mouthLowerDown": 0.35, "mouthUpperUp": 0.2},
    {"jawOpen": 0.75, "mouthStretch": 0.4, "mouthLowerDown": 0.4, "mouthUpperUp": 0.25},
    {"jawOpen": 0.45, "mouthSmile": 0.35, "mouthDimple": 0.25, "mouthLowerDown": 0.3},
    {"jawOpen": 0.6, "mouthFunnel": 0.75},
    {"jawOpen": 0.3, "mouthPucker": 0.85, "mouthFunnel": 0.3},
    {"jawOpen": 0.35, "jawForward": 0.3, "mouthFunnel": 0.5, "mouthUpperUp": 0.3},
    {"jawOpen": 0.25, "mouthRollLower": 0.6, "mouthUpperUp": 0.3},
)
_GRIMACES: tuple[dict[str, float], ...] = (
    {"mouthSmile": 0.9, "cheekRaiser": 0.7, "cheekSquint": 0.4, "eyeSquint": 0.4},
    {"browDown": 0.8, "noseSneer": 0.7, "mouthUpperUp": 0.5, "eyeSquint": 0.4},
    {"browInnerUp": 0.9, "browOuterUp": 0.8, "eyeWide": 0.7, "jawOpen": 0.35},
    {"browInnerUp": 0.8, "mouthFrown": 0.8, "mouthShrugLower": 0.5},
    {"mouthPress": 0.7, "mouthDimple": 0.6, "cheekPuff": 0.5},
    {"mouthPucker": 0.9, "mouthLeft": 0.6, "eyeBlink": 0.4},
    {"jawLeft": 0.7, "mouthRight": 0.5, "browOuterUp": 0.7, "jawOpen": 0.2},
    {"jawRight": 0.6, "mouthStretch": 0.6, "jawOpen": 0.4, "browDown": 0.4},
    {"mouthFunnel": 0.8, "jawOpen": 0.45, "eyeWide": 0.6},
    {"mouthRollLower": 0.6, "mouthRollUpper": 0.5, "browOuterUp": 0.5, "cheekPuff": 0.4},
    {"mouthSmile": 0.8, "mouthUpperUp": 0.4, "mouthLowerDown": 0.5, "cheekRaiser": 0.6},
    {"jawForward": 0.6, "mouthShrugUpper": 0.5, "mouthShrugLower": 0.6, "browDown": 0.5},
)
"""Names without `_L` and `_R` stand for both sides, each with a strength of its own."""


@dataclass(frozen=True)
class PerformancePlan:
    """What one person does."""

    seed: int
    """Of everything that is drawn by chance."""
    speech: float = 1.0
    """How much the mouth speaks, 0 .. 1."""
    grimace: float = 0.0
    """How strong grimaces are, 0 .. 1."""
    turn_deg: float = 12.0
    """How far the head turns to the sides; half of it up and down."""
    gaze_deg: float = 12.0
    """How far the eyes look to the sides; half of it up and down."""
    blink_every_s: float = 2.0
    """Mean time between two blinks."""
    still: bool = False
    """Whether the second half is a pause in which nothing but the breath moves."""


@dataclass(frozen=True, eq=False)
class Performance:
    """N moments, `rate` a second; rotations are axis-angle, everything relative to a person who faces the camera."""

    weights: Floats
    """[N, 57] of the source's expressions."""
    seal: Floats
    """[N] how far the lips are brought together: 0 as the expressions leave them, 1 they touch all along."""
    head_rotation: Floats
    """[N, 3] radians."""
    head_translation: Floats
    """[N, 3] metres."""
    torso_rotation: Floats
    """[N, 3] radians."""
    torso_translation: Floats
    """[N, 3] metres."""
    gaze: Floats
    """[N, 2, 2] left and right eye in the head; yaw to the person's left and pitch up, radians."""
    rate: float


def perform(plan: PerformancePlan, names: Sequence[str], duration_s: float, rate: float) -> Performance:
    """What the plan's person does for `duration_s`, as weights of the expressions `names`."""
    generator = np.random.default_rng(plan.seed)
    count = round(duration_s * rate)
    times = np.arange(count) / rate
    weights = np.zeros((count, len(names)))
    columns = {name: index for index, name in enumerate(names)}

    def add(name: str, curve: Floats, left: float = 1.0, right: float = 1.0) -> None:
        if name in columns:
            weights[:, columns[name]] += curve * left
            return
        for side, share in (("_L", left), ("_R", right)):
            if name + side in columns:
                weights[:, columns[name + side]] += curve * share

    quiet = np.ones(count)
    if plan.still:
        quiet = 1 - _smoothstep((times - 0.5 * duration_s) / 0.3)
    seal = _speech(generator, plan, times, quiet, add)
    _grimaces(generator, plan, times, quiet, add, seal)
    _idle(generator, times, rate, quiet, add)
    _blinks(generator, plan, times, add)
    head = _head(generator, plan, times, rate, quiet)
    gaze = _gaze(generator, plan, times, head, quiet)
    for side, yaw in (("_L", gaze[:, 0, 0]), ("_R", -gaze[:, 1, 0])):
        reach = np.degrees(yaw) / GAZE_REACH_DEG[0]
        weights[:, columns["eyeLookOut" + side]] += np.maximum(reach, 0)
        weights[:, columns["eyeLookIn" + side]] += np.maximum(-reach, 0)
    for eye, side in enumerate(("_L", "_R")):
        reach = np.degrees(gaze[:, eye, 1]) / GAZE_REACH_DEG[1]
        weights[:, columns["eyeLookUp" + side]] += np.maximum(reach, 0)
        weights[:, columns["eyeLookDown" + side]] += np.maximum(-reach, 0)
    torso = np.radians(1.5) * np.stack([_wander(generator, count, rate, 1.2) for _ in range(3)], 1) * quiet[:, None]
    breath = 0.0015 * np.sin(2 * np.pi * times / 3.7 + generator.uniform(0, 6.28))
    sway = 0.004 * np.stack([_wander(generator, count, rate, 1.5) for _ in range(3)], 1) * quiet[:, None]
    sway[:, 1] += breath
    shift = sway + 0.003 * np.stack([_wander(generator, count, rate, 0.8) for _ in range(3)], 1) * quiet[:, None]
    return Performance(np.clip(weights, 0, 1), np.clip(seal, 0, 1), head, shift, torso, sway, gaze, rate)


def _smoothstep(share: Floats) -> Floats:
    share = np.clip(share, 0, 1)
    return np.asarray(share * share * (3 - 2 * share))


def _plateau(times: Floats, start: float, rise: float, stay: float, fall: float) -> Floats:
    """0, up to 1 within `rise` seconds from `start`, there for `stay`, down within `fall`."""
    return _smoothstep((times - start) / rise) * (1 - _smoothstep((times - start - rise - stay) / fall))


def _wander(generator: np.random.Generator, count: int, rate: float, correlation_s: float) -> Floats:
    """[N] Gaussian noise of variance 1, smooth over `correlation_s`."""
    width = max(correlation_s * rate / 2, 1.0)
    reach = int(4 * width)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    noise = generator.standard_normal(count + 2 * reach)
    return np.asarray(np.convolve(noise, kernel / np.linalg.norm(kernel), "valid"))


def _speech(generator: np.random.Generator, plan: PerformancePlan, times: Floats, quiet: Floats, add: Any) -> Floats:
    """The seal of the lips; adds the syllables' shapes."""
    seal = np.zeros(len(times))
    if plan.speech <= 0:
        # A resting mouth is shut.
        return np.ones(len(times))
    start = generator.uniform(0.1, 0.3)
    seal = np.maximum(seal, 1 - _smoothstep((times - start) / 0.12))
    while start < times[-1]:
        length = generator.uniform(0.14, 0.26)
        vowel = _VOWELS[generator.integers(len(_VOWELS))]
        strength = plan.speech * generator.uniform(0.6, 1.1)
        opening = _plateau(times, start, 0.45 * length, 0.15 * length, 0.5 * length) * quiet
        lopsided = generator.normal(0, 0.12)
        for name, share in vowel.items():
            scale = 0.42 if name == "jawOpen" else 0.8
            add(name, opening * strength * share * scale, 1 + lopsided, 1 - lopsided)
        start += length
        kind = generator.random()
        if kind < 0.10:
            pause = generator.uniform(0.25, 0.5)
            seal = np.maximum(seal, _plateau(times, start - 0.04, 0.08, pause - 0.1, 0.08))
            start += pause
        elif kind < 0.45:
            # P, B, M: 60 to 110 ms of contact.
            stay = generator.uniform(0.05, 0.10)
            seal = np.maximum(seal, _plateau(times, start - 0.03, 0.05, stay, 0.05))
            start += stay
    return np.asarray(np.maximum(seal, 1 - quiet))


def _grimaces(
    generator: np.random.Generator, plan: PerformancePlan, times: Floats, quiet: Floats, add: Any, seal: Floats
) -> None:
    start = generator.uniform(0.1, 0.4)
    while plan.grimace > 0 and start < times[-1]:
        pose = _GRIMACES[generator.integers(len(_GRIMACES))]
        rise, stay, fall = generator.uniform((0.15, 0.2, 0.2), (0.4, 0.6, 0.5))
        envelope = _plateau(times, start, rise, stay, fall) * quiet * plan.grimace
        strong = generator.random() < 0.5
        sides = (generator.uniform(0.7, 1.0), generator.uniform(0.1, 0.6))
        left, right = sides if strong else sides[::-1]
        if generator.random() < 0.3:
            left = right = generator.uniform(0.7, 1.0)
        opens = pose.get("jawOpen", 0) + pose.get("mouthFunnel", 0) > 0.3 or "mouthLowerDown" in pose
        for name, share in pose.items():
            add(name, envelope * share, left, right)
        if opens:
            seal *= 1 - envelope
        start += rise + stay + generator.uniform(0.0, 0.3)


def _idle(generator: np.random.Generator, times: Floats, rate: float, quiet: Floats, add: Any) -> None:
    """What a face does all the time, and what is the person's own habit."""
    for name, strength in (("mouthSmile", 0.12), ("browInnerUp", 0.15), ("browOuterUp", 0.12), ("eyeSquint", 0.10)):
        own = generator.uniform(0, strength)
        curve = own + strength * np.maximum(_wander(generator, len(times), rate, 0.7), 0) * quiet
        tilt = generator.normal(0, 0.25)
        add(name, curve, 1 + tilt, 1 - tilt)


def _blinks(generator: np.random.Generator, plan: PerformancePlan, times: Floats, add: Any) -> None:
    start = generator.uniform(0.2, 0.8)
    while start < times[-1]:
        shut = _plateau(times, start, 0.09, generator.uniform(0.02, 0.06), 0.16)
        late = generator.normal(0, 0.03)
        add("eyeBlink", shut, 1 - max(late, 0), 1 + min(late, 0))
        start += 0.3 + generator.exponential(plan.blink_every_s)


def _head(generator: np.random.Generator, plan: PerformancePlan, times: Floats, rate: float, quiet: Floats) -> Floats:
    """[N, 3] axis-angle; yaw reaches the plan's turn to both sides once."""
    turn = np.radians(plan.turn_deg)
    sweep = np.sin(
        2 * np.pi * (times / max(times[-1], 1e-6)) * generator.uniform(0.9, 1.2) + generator.uniform(0, 6.28)
    )
    yaw = turn * (0.85 * sweep + 0.12 * _wander(generator, len(times), rate, 0.5))
    pitch = 0.35 * turn * _wander(generator, len(times), rate, 0.8)
    roll = 0.25 * turn * _wander(generator, len(times), rate, 0.9)
    nod = np.radians(1.0) * _wander(generator, len(times), rate, 0.2)
    angles = np.stack([np.clip(pitch + nod, -0.6 * turn, 0.6 * turn), np.clip(yaw, -turn, turn), roll], 1)
    if plan.still:
        held = angles[np.argmin(quiet > 0.5)] if (quiet < 0.5).any() else angles[-1]
        angles = held + (angles - held) * quiet[:, None]
    return np.asarray(angles)


def _gaze(generator: np.random.Generator, plan: PerformancePlan, times: Floats, head: Floats, quiet: Floats) -> Floats:
    """[N, 2, 2]; the eyes keep half of the head's turn on the camera, and jump in 40 ms."""
    reach = np.radians([plan.gaze_deg, 0.5 * plan.gaze_deg])
    target = np.zeros((len(times), 2))
    start, last = 0.0, np.zeros(2)
    while start < times[-1]:
        aim = generator.normal(0, 0.5, 2) * reach if generator.random() < 0.6 else np.zeros(2)
        aim = np.clip(aim, -reach, reach)
        target += _smoothstep((times - start) / 0.04)[:, None] * (aim - last)
        start, last = start + generator.uniform(0.3, 1.2), aim
    target *= quiet[:, None]
    # Towards the camera: against the head's yaw and pitch (positive pitch of the head looks down).
    target += np.stack([-0.55 * head[:, 1], 0.55 * head[:, 0]], 1)
    target = np.clip(target, np.radians([-28, -20]), np.radians([28, 20]))
    # The person looks at something a metre away: the eyes converge by three degrees and a half in all.
    converged = np.repeat(target[:, None], 2, 1)
    converged[:, 0, 0] -= np.radians(1.7)
    converged[:, 1, 0] += np.radians(1.7)
    return np.asarray(converged)
