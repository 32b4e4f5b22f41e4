"""The film of an overlay: three pictures of each frame, what is said of it, and the curves around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.core.track import FaceTrack
from avatron.face.head import HeadModel
from avatron.track.landmarks.crop import FaceCrop
from avatron.track.observations import FaceObservations
from avatron.track.overlay.curves import Curve, CurveRow, CurveStrip
from avatron.track.overlay.marks import dot, polyline
from avatron.track.overlay.style import (
    AMBER,
    CYAN,
    FAINT,
    INK,
    PAPER,
    RED,
    OverlayStyle,
    font,
    heat_colours,
)
from avatron.track.overlay.surface import ModelSurface
from avatron.track.overlay.view import FaceViews, lens_space

__all__ = ["TrackOverlay"]

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

_LIPS = ("lips_outer", "lips_inner")
_MESH_POINTS = 468
_TITLES = ("seen and modelled", "model", "error")


class TrackOverlay:
    """Draws the frames of one track."""

    def __init__(
        self,
        track: FaceTrack,
        head: HeadModel,
        *,
        name: str,
        frame_percent: NDArray[np.float32],
        style: OverlayStyle | None = None,
    ) -> None:
        """`name` is written above it; `frame_percent` [T] is the reprojection of each frame in percent of the eyes'
        distance."""
        self.style = style or OverlayStyle()
        self._track, self._head, self._name = track, head, name
        self._percent = frame_percent
        self._posed = head.posed(track.identity, track.displacement if len(track.displacement) else None)
        self._views = FaceViews(track, self._posed, self.style.pane)
        self._surface = ModelSurface(head, self._posed)
        self._strip = CurveStrip(_rows(track, frame_percent), track.valid, float(track.motion.fps), self.style)
        self._ground = self._drawn_ground()
        eyes = self._posed.joints[-2:]
        self._eyes_apart_m = float(np.linalg.norm(eyes[0] - eyes[1]))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures, pixels."""
        return self.style.size

    def first_face(self) -> FaceCrop | None:
        """Where the tracked face is first seen in the clip's pictures; None where it never is."""
        track = self._track
        if not track.valid.any():
            return None
        first = int(np.flatnonzero(track.valid)[0])
        places = next(islice(self._posed.frames(track.motion), first, None))
        local = lens_space(places, track.camera, track.radial_distortion)
        camera = track.camera
        lens = Camera(
            camera.width, camera.height, camera.focal_px, camera.centre_px, np.eye(3, dtype=np.float32), np.zeros(3)
        )
        return FaceCrop.of_landmarks(lens.project(self._head.landmarks(local)))

    def frames(self, pictures: Iterable[Bytes], seen: Iterable[FaceObservations]) -> Iterator[Bytes]:
        """[height, width, 3] of each frame of the clip, from its `pictures` [H, W, 3] and what was `seen` in them."""
        observed = (part.landmarks[row] if part.valid[row] else None for part in seen for row in range(len(part)))
        moved = self._posed.frames(self._track.motion)
        for frame, (picture, landmarks, places) in enumerate(zip(pictures, observed, moved, strict=False)):
            yield self._frame(frame, picture, landmarks, places)

    def _frame(
        self, frame: int, picture: Bytes, landmarks: NDArray[np.float32] | None, places: NDArray[np.float32]
    ) -> Bytes:
        track, style = self._track, self.style
        view = self._views.of(frame)
        local = lens_space(places, track.camera, track.radial_distortion)
        camera = view.pinhole(track.camera)
        valid = bool(track.valid[frame])
        seen = None if landmarks is None else view.places(landmarks[:, :2].astype(np.float64))
        modelled = camera.project(self._head.landmarks(local))
        share = None
        if seen is not None and valid:
            eyes_px = self._eyes_apart_m * camera.focal_px / max(float(local[:, 2].mean()), 1e-3)
            share = np.linalg.norm(seen - modelled, axis=1) / eyes_px * 100 / style.most_error_percent
        base = view.picture(picture)
        surface = self._surface.draw(local, camera, share)
        panes = [
            self._marked(base, seen, modelled if valid else None, camera.project(local) if valid else None),
            surface.clay(base) if valid else _dimmed(base),
            surface.heat(base) if share is not None else _dimmed(base),
        ]
        canvas = self._ground.copy()
        for number, pane in enumerate(panes):
            left = style.gap + number * (style.pane[0] + style.gap)
            canvas[style.header : style.header + style.pane[1], left : left + style.pane[0]] = pane
            if not valid:
                _frame_in(canvas, (left, style.header), style.pane, RED)
        top = style.header + style.pane[1] + style.caption + style.gap
        canvas[top : top + self._strip.height, style.gap : style.size[0] - style.gap] = self._strip.at(frame)[
            :, : style.size[0] - 2 * style.gap
        ]
        self._write_header(canvas, frame, valid)
        return canvas

    def _marked(self, base: Bytes, seen: Floats | None, modelled: Floats | None, places: Floats | None) -> Bytes:
        picture = base.astype(np.float32)
        if places is not None:
            for name in _LIPS:
                loop = places[self._head.contours[name]]
                polyline(picture, np.concatenate([loop, loop[:1]]), AMBER, 1.3, 0.85)
            for name, rim in self._head.contours.items():
                if name.startswith("lid_"):
                    polyline(picture, places[rim], AMBER, 1.3, 0.85)
        if seen is not None:
            dot(picture, seen, 2.1, CYAN, 0.9)
        if modelled is not None:
            dot(picture, modelled, 1.25, AMBER)
        return np.asarray(picture, np.uint8)

    def _write_header(self, canvas: Bytes, frame: int, valid: bool) -> None:
        from PIL import Image, ImageDraw

        style, track = self.style, self._track
        band = Image.fromarray(canvas[: style.header])
        draw = ImageDraw.Draw(band)
        middle = style.header // 2
        right = style.size[0] - style.gap
        time_s = frame / float(track.motion.fps)
        draw.text((right, middle), f"{frame + 1} / {len(track)}", FAINT, font(17), anchor="rm")
        draw.text((right - 120, middle), f"{time_s:.2f} s", FAINT, font(17), anchor="rm")
        if valid:
            text = f"{track.landmark_error[frame]:.2f} px    {self._percent[frame]:.2f} % of the eyes' distance"
            draw.text((right - 230, middle), text, INK, font(17), anchor="rm")
        else:
            draw.text((right - 230, middle), "no face that can be trusted", RED, font(17), anchor="rm")
        canvas[: style.header] = np.asarray(band)

    def _drawn_ground(self) -> Bytes:
        from PIL import Image, ImageDraw

        style = self.style
        picture = Image.new("RGB", style.size, PAPER)
        draw = ImageDraw.Draw(picture)
        draw.text((style.gap, style.header // 2), _cut(self._name, 46), INK, font(21), anchor="lm")
        line = style.header + style.pane[1] + style.caption // 2
        for number, title in enumerate(_TITLES):
            left = style.gap + number * (style.pane[0] + style.gap)
            draw.text((left, line), title, INK, font(16), anchor="lm")
        right = style.gap + style.pane[0]
        for text, colour in (("modelled", AMBER), ("seen", CYAN)):
            width = draw.textlength(text, font(15))
            draw.text((right, line), text, FAINT, font(15), anchor="rm")
            draw.ellipse((right - width - 16, line - 4, right - width - 8, line + 4), fill=colour)
            right -= round(width) + 32
        self._draw_scale(draw, picture, line)
        return np.asarray(picture)

    def _draw_scale(self, draw, picture, line: int) -> None:  # type: ignore[no-untyped-def]
        """The colours of the heat map and what they mean."""
        from PIL import Image

        style = self.style
        right = 3 * (style.pane[0] + style.gap)
        label = f"{style.most_error_percent:g} % of the eyes' distance"
        draw.text((right, line), label, FAINT, font(15), anchor="rm")
        right -= round(draw.textlength(label, font(15))) + 10
        ramp = np.broadcast_to(heat_colours(np.linspace(0, 1, 120)), (10, 120, 3)).astype(np.uint8)
        picture.paste(Image.fromarray(ramp), (right - 120, line - 5))
        draw.text((right - 130, line), "0", FAINT, font(15), anchor="rm")


def _rows(track: FaceTrack, percent: NDArray[np.float32]) -> tuple[CurveRow, ...]:
    motion = track.motion
    gaze = np.degrees(motion.gaze.mean(1))
    return (
        CurveRow(
            (
                Curve("jawOpen", motion.channel("jawOpen"), AMBER),
                Curve("mouthClose", motion.channel("mouthClose"), CYAN),
            ),
            0,
            max(0.5, float(np.ceil(10 * motion.channel("jawOpen").max(initial=0)) / 10)),
        ),
        CurveRow(
            (
                Curve("blink left", motion.channel("eyeBlinkLeft"), AMBER),
                Curve("blink right", motion.channel("eyeBlinkRight"), CYAN),
            ),
            0,
            1,
        ),
        CurveRow((Curve("gaze yaw", gaze[:, 0], AMBER), Curve("gaze pitch", gaze[:, 1], CYAN)), -25, 25, (0,), "°"),
        CurveRow((Curve("error", percent, AMBER),), 0, 4, (1.5,), " %"),
    )


def _dimmed(picture: Bytes) -> Bytes:
    return np.asarray(picture * 0.45, np.uint8)


def _frame_in(canvas: Bytes, corner: tuple[int, int], size: tuple[int, int], colour: tuple[int, int, int]) -> None:
    left, top = corner
    pane = canvas[top : top + size[1], left : left + size[0]]
    for edge in (pane[:3], pane[-3:], pane[:, :3], pane[:, -3:]):
        edge[:] = colour


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
