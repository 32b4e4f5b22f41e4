"""Refinement of a fit by the pictures of its clip."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from avatron.face.head import HeadModel
from avatron.face.shipped import shipped_head
from avatron.io.clips import ClipInfo, read_frames
from avatron.native.pool import threads
from avatron.track.fit.state import FitState
from avatron.track.photometric.appearance import Appearance, RefinementReport
from avatron.track.photometric.clip_look import ClipLook, chosen_keys, vertex_colours
from avatron.track.photometric.config import PhotometricConfig
from avatron.track.photometric.drawing import DrawnFrame, Look
from avatron.track.photometric.evidence import Evidence, EvidenceSource, facial_error
from avatron.track.photometric.frames import FrameWork
from avatron.track.photometric.joint import TimePrior, path_of, solve_window
from avatron.track.photometric.light import HARMONICS
from avatron.track.photometric.person import PersonLook, found_person
from avatron.track.photometric.pose import pose_of
from avatron.track.photometric.store import Carried, RefinedFrames, RefinementStore
from avatron.track.photometric.surface import FaceSurface
from avatron.track.photometric.wrinkles import WRINKLE_WEIGHTS
from avatron.track.work import WorkFolder

__all__ = ["refine", "refine_frames"]

_LEAST_KEYS = 16
_JUDGES = 12

Pictures = Callable[[int, int], Iterator[NDArray[np.uint8]]]
Progress = Callable[[int, int], None]


def refine(
    state: FitState,
    info: ClipInfo,
    config: PhotometricConfig | None = None,
    *,
    model: HeadModel | None = None,
    folder: WorkFolder | None = None,
    learned_frames: int | None = None,
    on_progress: Progress | None = None,
) -> tuple[FitState, Appearance]:
    """A fit with pose and expression refined by the clip's pictures, and the person's look.

    Albedo and light come from key frames; then windows of frames are solved one after another, in memory that does
    not grow with the clip. Frames that are not valid, or not better explained than before, stay as they were.
    `folder` is where the person and each window are kept: a run with the same clip, fit and settings goes on there.
    Frames from `learned_frames` on have no say in the person's look; None lets all of them have it.

    Raises:
        UnreadableFileError: the clip cannot be read any more.
        OutputError: unfinished work cannot be written.
    """

    def pictures(start: int, stop: int) -> Iterator[NDArray[np.uint8]]:
        return read_frames(info, start, stop)

    return refine_frames(
        state,
        pictures,
        float(info.fps),
        config,
        model=model,
        folder=folder,
        learned_frames=learned_frames,
        on_progress=on_progress,
    )


def refine_frames(
    state: FitState,
    pictures: Pictures,
    fps: float,
    config: PhotometricConfig | None = None,
    *,
    model: HeadModel | None = None,
    folder: WorkFolder | None = None,
    learned_frames: int | None = None,
    on_progress: Progress | None = None,
) -> tuple[FitState, Appearance]:
    """`refine` of pictures uint8 [H, W, 3] from anywhere; `pictures(start, stop)` yields those frames."""
    config = config or PhotometricConfig()
    begun = time.process_time()
    head = model or shipped_head()
    store = None if folder is None else RefinementStore(folder)
    with ThreadPoolExecutor(threads(), "avatron-photometric") as pool:
        person = None if store is None else store.person(head, state.identity, config.energy)
        if person is None:
            surface = FaceSurface.of(head, state.identity, state.displacement)
            source = EvidenceSource.of(surface, config.energy)
            keys, judges = _key_frames(state, pictures, surface, config, learned_frames)
            if not keys:
                return state, _unseen(state, config)
            person = found_person(keys, judges, source, state.displacement, state.identity, config, pool)
            del keys, judges
            if store is not None:
                store.keep_person(person)
        run = _Run(state, person, config, TimePrior.of(config, fps), pool)
        carried = None if store is None else store.carried()
        spent_before = 0.0
        if store is not None and carried is not None:
            run.go_on(carried, store, pictures)
            spent_before = carried.spent_s
        for number in range(0 if carried is None else carried.windows, -(-len(state) // config.window_frames)):
            first = number * config.window_frames
            run.window(first, pictures)
            stop = min(first + config.window_frames, len(state))
            if store is not None:
                store.keep(run.done, run.carried(number + 1, spent_before + time.process_time() - begun))
            if on_progress is not None:
                on_progress(stop, len(state))
    spent = (spent_before + time.process_time() - begun) / max(int(state.valid.sum()), 1)
    return run.refined(), run.appearance(spent)


class _Run:
    """The windows of a clip, one after another."""

    def __init__(
        self,
        state: FitState,
        person: PersonLook,
        config: PhotometricConfig,
        prior: TimePrior,
        pool: Executor,
    ) -> None:
        self.state, self.person, self.source, self.look = state, person, person.source, person.look
        self.surface = surface = person.source.surface
        look = person.look
        self.config, self.prior, self.pool = config, prior, pool
        self.colours = vertex_colours(surface, look.albedo)
        self.textures = look.textures
        self.expected = look.light
        self.expression = state.expression.copy()
        self.rotation = np.array(state.head_rotation)
        self.translation = np.array(state.head_translation)
        self.light = np.repeat(look.light[None], len(state), 0)
        self.held_out: list[tuple[float, ...]] = []
        self.kept = 0
        self.moved: list[float] = []
        self.done: RefinedFrames
        """The last window's."""
        self.waiting: list[FrameWork] = []
        """Refined frames before the window: they hold on to the next ones, and are not changed any more."""

    def window(self, first: int, pictures: Pictures) -> None:
        """Refine the frames from `first` on."""
        config = self.config
        stop = min(first + config.window_frames + config.overlap_frames, len(self.state))
        keep = min(first + config.window_frames, len(self.state))
        ready = {frame.number: frame for frame in self.waiting}
        begin = max((number + 1 for number in ready), default=first)
        frames = [ready[number] for number in sorted(ready)]
        frames += self._opened(begin, stop, pictures)
        if frames:
            self._solve(frames)
        done = [frame for frame in frames if frame.number < keep]
        self.done = self._finished(done, list(self.pool.map(self._judged, done)), slice(first, keep))
        self._take(self.done, first)
        self.waiting = [frame for frame in frames if frame.number >= keep]

    def carried(self, windows: int, spent_s: float) -> Carried:
        """What the next window goes on from, after so many."""
        return Carried(windows, self.expected, {frame.number: frame.progress for frame in self.waiting}, spent_s)

    def go_on(self, carried: Carried, store: RefinementStore, pictures: Pictures) -> None:
        """Be where a run was that left this in `store`."""
        for number in range(carried.windows):
            self._take(store.window(number), number * self.config.window_frames)
        self.expected = carried.expected
        if carried.waiting:
            frames = self._opened(min(carried.waiting), max(carried.waiting) + 1, pictures)
            self.waiting = [frame.gone_on(carried.waiting[frame.number]) for frame in frames]

    def _opened(self, begin: int, stop: int, pictures: Pictures) -> list[FrameWork]:
        """The valid frames of a stretch, with their pictures and light."""
        if begin >= stop or not self.state.valid[begin:stop].any():
            return []

        def opened(work: tuple[int, NDArray[np.uint8]]) -> FrameWork:
            number, image = work
            start = pose_of(self.state, number)
            return FrameWork.of(
                number, start, self.state.camera, self.surface, image, self.config.crop_px, self.expected
            )

        images = zip(range(begin, stop), pictures(begin, stop), strict=False)
        return list(self.pool.map(opened, (work for work in images if self.state.valid[work[0]])))

    def _evidence(self, frame: FrameWork, level: int) -> Evidence:
        if level and not frame.correction.any():
            return self._first_evidence(frame)
        return frame.evidence(self.source, self.textures, level)

    def _first_evidence(self, frame: FrameWork) -> Evidence:
        """Of a frame that was not touched yet; unless it is held out, it has a say in its own light."""
        stride, spread, expected = self.config.held_out_stride, self.config.albedo.light_spread, self.expected
        speaks = frame.number % stride != stride - 1

        def relit(drawn: DrawnFrame) -> None:
            frame.relight(drawn, self.colours, expected, spread)

        return frame.evidence(self.source, self.textures, 1, relit if speaks else None)

    def _solve(self, frames: list[FrameWork]) -> None:
        config = self.config
        numbers = np.array([frame.number for frame in frames])
        joined = np.append(np.diff(numbers) == 1, False)
        pivots = np.stack([frame.pivot for frame in frames])
        base = path_of([frame.start for frame in frames], pivots)
        for level in (1,) * config.coarse_iterations + (0,) * config.fine_iterations:
            found = list(self.pool.map(lambda frame, at=level: self._evidence(frame, at), frames))
            steps = solve_window(
                np.stack([evidence.normal for evidence in found]),
                np.stack([evidence.right for evidence in found]),
                base + np.stack([frame.correction for frame in frames]),
                self.prior,
                joined,
                config.energy.step,
            )
            for frame, step in zip(frames, steps, strict=True):
                frame.step(step)
        # Slowly: what changes from frame to frame is no light.
        light = np.mean([frame.light for frame in frames], axis=0, dtype=np.float64)
        self.expected = (0.5 * (self.expected + light)).astype(np.float32)

    def _judged(self, frame: FrameWork) -> tuple[bool, tuple[float, float, float, float] | None]:
        """Whether a frame's picture is better explained than it was; squares and pixels before and after, held out."""
        look = Look(self.textures, frame.light)
        drawn = frame.drawn(self.surface, 1)
        better = self.source.loss(drawn, frame.pictures[1], look, 1) <= frame.first_loss
        better = better and not frame.opens_lips(drawn)
        stride = self.config.held_out_stride
        if frame.number % stride != stride - 1:
            return better, None
        first = facial_error(frame.drawn_at_start(self.surface), frame.pictures[0], look)
        second = facial_error(frame.drawn(self.surface), frame.pictures[0], look) if better else first
        return better, (*first, *second)

    def _finished(
        self,
        frames: list[FrameWork],
        judged: list[tuple[bool, tuple[float, float, float, float] | None]],
        part: slice,
    ) -> RefinedFrames:
        """The frames `part` of the clip, those of `frames` that were judged better where they are now."""
        found = RefinedFrames(
            self.expression[part].copy(),
            self.rotation[part].copy(),
            self.translation[part].copy(),
            self.light[part].copy(),
            kept=np.array([frame.number for frame, (better, _) in zip(frames, judged, strict=True) if not better], int),
            moved_mm=np.array(
                [
                    float(np.linalg.norm(frame.correction[3:6])) * 1000
                    for frame, (better, _) in zip(frames, judged, strict=True)
                    if better
                ]
            ),
            held_out=np.array([held_out for _, held_out in judged if held_out is not None]).reshape(-1, 4),
        )
        for frame, (better, _) in zip(frames, judged, strict=True):
            row = frame.number - part.start
            found.light[row] = frame.light
            if better:
                pose = frame.pose
                found.expression[row] = pose.expression
                found.rotation[row] = pose.axis_angle
                found.translation[row] = pose.translation
        return found

    def _take(self, done: RefinedFrames, first: int) -> None:
        part = slice(first, first + len(done.expression))
        self.expression[part], self.light[part] = done.expression, done.light
        self.rotation[part], self.translation[part] = done.rotation, done.translation
        self.kept += len(done.kept)
        self.moved += done.moved_mm.tolist()
        self.held_out += [tuple(row) for row in done.held_out.tolist()]

    def refined(self) -> FitState:
        """The fit as it is now."""
        return replace(
            self.state,
            displacement=self.person.displacement,
            expression=self.expression,
            head_rotation=self.rotation,
            head_translation=self.translation,
        )

    def appearance(self, seconds: float) -> Appearance:
        """The person's look, and what was done."""
        sums = np.array(self.held_out).reshape(-1, 4).sum(0)
        report = RefinementReport(
            held_out_frames=len(self.held_out),
            psnr_before_db=_psnr(sums[0], sums[1]),
            psnr_after_db=_psnr(sums[2], sums[3]),
            frames_kept=self.kept,
            seconds_per_frame=seconds,
            moved_mm=float(np.median(self.moved)) if self.moved else 0.0,
            detail_db=self.person.detail_db,
            wrinkle_db=self.person.wrinkle_db,
        )
        look = self.look if self.person.plain is None else replace(self.look, albedo=self.person.plain)
        return _appearance(look, self.light, self.state, report, self.person.wrinkles)


def _key_frames(
    state: FitState,
    pictures: Pictures,
    surface: FaceSurface,
    config: PhotometricConfig,
    learned_frames: int | None,
) -> tuple[list[FrameWork], list[FrameWork]]:
    """The frames that albedo and light come from, and those that judge them; none from `learned_frames` on."""
    valid = state.valid.copy()
    if learned_frames is not None:
        valid[learned_frames:] = False
    poses = [pose_of(state, frame) for frame in range(len(state))]
    fitted = np.stack([pose.fitted for pose in poses]) if poses else np.zeros((0, 1))
    # A short clip shows little that a few frames do not.
    count = min(config.albedo.key_frames, max(_LEAST_KEYS, int(valid.sum()) // 4))
    stride = config.held_out_stride
    keys = set(chosen_keys(valid, state.head_rotation, fitted, count, stride).tolist())
    if not keys:
        return [], []
    last = max(keys) + 1
    held_out = [frame for frame in range(stride - 1, last, stride) if state.valid[frame]]
    judging = set(held_out[:: -(-len(held_out) // _JUDGES)]) if held_out else set()
    frames: dict[int, FrameWork] = {}
    dark = np.zeros((HARMONICS, 3), np.float32)
    for number, image in zip(range(last), pictures(0, last), strict=False):
        if number in keys or number in judging:
            frames[number] = FrameWork.of(number, poses[number], state.camera, surface, image, config.crop_px, dark)
    return [frames[one] for one in sorted(keys)], [frames[one] for one in sorted(judging)]


def _psnr(squares: float, pixels: float) -> float:
    return float(-10 * np.log10(squares / pixels)) if squares > 0 and pixels > 0 else float("nan")


def _appearance(
    look: ClipLook,
    light: NDArray[np.float32],
    state: FitState,
    report: RefinementReport,
    wrinkles: NDArray[np.float32] | None = None,
) -> Appearance:
    none = np.zeros((0, 1, 1, 3), np.float32)
    folds = none if wrinkles is None else wrinkles
    weights = WRINKLE_WEIGHTS[: len(folds)]
    return Appearance(look.albedo, look.seen, light, folds, weights, report)


def _unseen(state: FitState, config: PhotometricConfig) -> Appearance:
    """The look of a clip without a valid frame: grey."""
    size = config.albedo.texture_px
    nothing = np.zeros((size, size), np.float32)
    light = np.zeros((HARMONICS, 3), np.float32)
    grey = ClipLook(np.full((size, size, 3), 0.5, np.float32), nothing, light, nothing[0])
    return _appearance(grey, np.repeat(light[None], len(state), 0), state, RefinementReport())
