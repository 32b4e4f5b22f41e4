"""Gaussians to pixels and back: a differentiable renderer of 3D Gaussian splats (Kerbl et al., 2023).

    drawn = draw(Splats(means, quaternions, scales, opacities, colours), camera, background=plate)
    drawn.image, drawn.alpha
    gradients = drawn.backward(d_image)          # of all five, [G, ...]

Colours are display RGB, blended from near to far as they are and never clamped. Gaussians are drawn in the order of
their centres' depths; of two at one depth the one with the lower number is nearer. `native/splat.h` draws the stages;
`avatron.native.splat_rig` draws Gaussians that ride on a mesh.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from avatron import _native
from avatron.core.arrays import checked_array
from avatron.core.camera import Camera
from avatron.errors import InvalidValueError, ShapeError

__all__ = [
    "MAX_CHANNELS",
    "MAX_SIZE_PX",
    "DrawnSplats",
    "SplatGradients",
    "SplatMemory",
    "SplatOptions",
    "SplatView",
    "Splats",
    "draw",
]

Floats = NDArray[np.float32]
MAX_SIZE_PX: int = _native.splats.MAX_SIZE
"""The largest width and height of a picture."""
MAX_CHANNELS: int = _native.splats.MAX_CHANNELS
"""The most values that a Gaussian's colour may have."""

Gradients = TypeVar("Gradients")


@dataclass(frozen=True)
class SplatOptions:
    """How Gaussians meet the pixel grid.

    Raises:
        InvalidValueError: a negative blur or radius, a near plane that is not positive.
    """

    near_m: float = 0.01
    """Gaussians whose centre is nearer to the camera than this are not drawn, metres."""
    blur_px2: float = 0.3
    """Added to the variance on the screen, so that nothing falls between the pixels."""
    compensated: bool = True
    """Lower the opacity by what the blur adds to a Gaussian's area: its weight in the picture does not depend on the
    distance (Yu et al., Mip-Splatting, 2024; `antialiased` in gsplat). False: as in the first paper."""
    radius_clip_px: float = 0.0
    """Leave out what reaches no further than this on the screen."""

    def __post_init__(self) -> None:
        numbers = np.array([self.near_m, self.blur_px2, self.radius_clip_px])
        if not np.isfinite(numbers).all() or numbers.min() < 0 or self.near_m == 0:
            raise InvalidValueError(
                f"near plane {self.near_m} m, blur {self.blur_px2} px2, radius clip {self.radius_clip_px} px; the "
                "first must be positive, the others at least 0"
            )


@dataclass(frozen=True, eq=False)
class SplatView:
    """A camera with a focal length along each axis, as `gsplat` takes them; `Camera` has one for both.

    Raises:
        ShapeError: wrong shapes, NaN or infinity.
        InvalidValueError: a size or focal length that is not positive, or a picture beyond `MAX_SIZE_PX`.
    """

    width: int
    height: int
    focal_px: tuple[float, float]
    centre_px: tuple[float, float]
    rotation: NDArray[np.float64]
    """[3, 3] world to camera."""
    translation: NDArray[np.float64]
    """[3] where the world's origin is, seen from the camera, metres."""

    def __post_init__(self) -> None:
        rotation = checked_array("rotation", self.rotation, (3, 3), np.float64)
        translation = checked_array("translation", self.translation, (3,), np.float64)
        if not (1 <= self.width <= MAX_SIZE_PX and 1 <= self.height <= MAX_SIZE_PX):
            raise InvalidValueError(
                f"a picture of {self.width}x{self.height} px; expected 1 to {MAX_SIZE_PX} px a side"
            )
        lens = np.array([*self.focal_px, *self.centre_px], np.float64)
        if not np.isfinite(lens).all() or lens[:2].min() <= 0:
            raise InvalidValueError(
                f"focal lengths {self.focal_px} px about {self.centre_px} px; the lengths must be positive"
            )
        object.__setattr__(self, "_packed", np.concatenate([rotation.reshape(-1), translation, lens]))

    @staticmethod
    def of(camera: Camera | SplatView) -> SplatView:
        """`camera`, or the same camera with its focal length for both axes."""
        if isinstance(camera, SplatView):
            return camera
        focal_px = (camera.focal_px, camera.focal_px)
        offset = -camera.rotation @ camera.position
        return SplatView(camera.width, camera.height, focal_px, camera.centre_px, camera.rotation, offset)

    @property
    def packed(self) -> NDArray[np.float64]:
        """[16] as the kernels take it."""
        return self._packed  # type: ignore[attr-defined, no-any-return]


class SplatMemory:
    """What a picture needs besides its Gaussians, kept from one picture to the next.

    A picture drawn into it is lost with the next one: its arrays are drawn over and its gradients are refused.
    """

    def __init__(self) -> None:
        self.frame: Any = _native.splats.Frame()
        self.pictures_drawn = 0
        self._image = np.empty((0, 0, 0), np.float32)
        self._alpha = np.empty((0, 0), np.float32)

    def picture(self, height: int, width: int, channels: int) -> tuple[Floats, Floats]:
        """[height, width, channels] and [height, width], the same ones again where the size is the same."""
        if self._image.shape != (height, width, channels):
            self._image = np.empty((height, width, channels), np.float32)
            self._alpha = np.empty((height, width), np.float32)
        self.pictures_drawn += 1
        return self._image, self._alpha


class DrawnSplats(Generic[Gradients]):
    """A picture of Gaussians, and the way back to them."""

    def __init__(
        self,
        image: Floats,
        alpha: Floats,
        memory: SplatMemory,
        back: Callable[[tuple[Floats, Floats, Floats, Floats | None], Gradients | None], Gradients],
    ) -> None:
        self.image = image
        """[H, W, D] blended colours over the background; unclamped."""
        self.alpha = alpha
        """[H, W] how much of the background is covered, 0 .. 1."""
        self._memory = memory
        self._number = memory.pictures_drawn
        self._back = back

    def backward(self, image_gradient: Any, alpha_gradient: Any = None, *, into: Gradients | None = None) -> Gradients:
        """What the Gaussians get of d loss / d image [H, W, D] and, if given, d loss / d alpha [H, W].

        The Gaussians must be as they were when the picture was drawn.

        Args:
            into: gradients of an earlier picture of as many Gaussians, to be overwritten; saves their allocation.

        Raises:
            ShapeError: gradients of another shape, NaN or infinity.
            InvalidValueError: another picture was drawn into the same memory since.
        """
        if self._memory.pictures_drawn != self._number:
            raise InvalidValueError("another picture was drawn into this memory; take the gradients of a picture first")
        wish = checked_array("image_gradient", image_gradient, self.image.shape, np.float32)
        alpha_wish = alpha_gradient
        if alpha_gradient is not None:
            alpha_wish = checked_array("alpha_gradient", alpha_gradient, self.alpha.shape, np.float32)
        return self._back((self.image, self.alpha, wish, alpha_wish), into)


@dataclass(frozen=True, eq=False)
class Splats:
    """Gaussians in the world.

    Numbers are looked at when they are drawn, not before: the arrays may be changed in place.

    Raises:
        ShapeError: arrays of other shapes or types.
        InvalidValueError: no colour, or more values than `MAX_CHANNELS`.
    """

    means: Floats
    """[G, 3] centres, metres."""
    quaternions: Floats
    """[G, 4] rotations (w, x, y, z) of any length but 0."""
    scales: Floats
    """[G, 3] standard deviations along the axes, metres."""
    opacities: Floats
    """[G] 0 .. 1."""
    colours: Floats
    """[G, D] D is 3 for RGB, at most `MAX_CHANNELS`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "means", plain_floats("means", self.means, (None, 3)))
        count = len(self.means)
        for name, shape in (("quaternions", (count, 4)), ("scales", (count, 3)), ("opacities", (count,))):
            object.__setattr__(self, name, plain_floats(name, getattr(self, name), shape))
        object.__setattr__(self, "colours", plain_floats("colours", self.colours, (count, None)))
        if not 1 <= self.colours.shape[1] <= MAX_CHANNELS:
            raise InvalidValueError(f"colours of {self.colours.shape[1]} values; expected 1 to {MAX_CHANNELS}")


@dataclass(frozen=True, eq=False)
class SplatGradients:
    """d loss / d of what `Splats` holds; 0 for Gaussians that no pixel shows."""

    means: Floats
    """[G, 3]"""
    quaternions: Floats
    """[G, 4]"""
    scales: Floats
    """[G, 3]"""
    opacities: Floats
    """[G]"""
    colours: Floats
    """[G, D]"""
    screen: Floats
    """[G, 2] of the place on the screen, per pixel: where it is large, more Gaussians are wanted."""
    seen: NDArray[np.bool_]
    """[G] False where every gradient is exactly 0, as no pixel looked at the Gaussian."""


def draw(
    splats: Splats,
    camera: Camera | SplatView,
    *,
    background: Any = None,
    options: SplatOptions | None = None,
    memory: SplatMemory | None = None,
) -> DrawnSplats[SplatGradients]:
    """The picture of `splats` that `camera` sees.

    Args:
        background: [D] a colour, or [H, W, D] a picture; None is black.
        memory: what an earlier picture used; saves its allocation.

    Raises:
        ShapeError: a background of another shape, NaN or infinity among the Gaussians.
        InvalidValueError: so many huge Gaussians that no memory holds their tiles.
    """
    view = SplatView.of(camera)
    kept = memory or SplatMemory()
    channels = splats.colours.shape[1]
    behind = checked_background(background, view, channels)
    image, alpha = kept.picture(view.height, view.width, channels)
    arrays = (splats.means, splats.quaternions, splats.scales, splats.opacities, splats.colours)
    with_errors(
        len(splats.means),
        lambda: kept.frame.draw_world(arrays, view.packed, packed_options(options), behind, image, alpha),
    )

    def back(given: tuple[Floats, Floats, Floats, Floats | None], into: SplatGradients | None) -> SplatGradients:
        found = into or SplatGradients(
            means=np.empty_like(splats.means),
            quaternions=np.empty_like(splats.quaternions),
            scales=np.empty_like(splats.scales),
            opacities=np.empty_like(splats.opacities),
            colours=np.empty_like(splats.colours),
            screen=np.empty((len(splats.means), 2), np.float32),
            seen=np.empty(len(splats.means), np.bool_),
        )
        if found.colours.shape != splats.colours.shape:
            raise ShapeError(f"`into` is of colours {list(found.colours.shape)}, not {list(splats.colours.shape)}")
        target = (found.means, found.quaternions, found.scales, found.opacities, found.colours, found.screen)
        kept.frame.backward_world(arrays, given, (*target, found.seen.view(np.uint8)))
        return found

    return DrawnSplats(image, alpha, kept, back)


def plain_floats(name: str, array: Any, shape: tuple[int | None, ...]) -> Floats:
    """`array` as C-contiguous float32, the same memory where it is that already; its numbers are not looked at.

    Raises:
        ShapeError: another shape, or a type that is no number.
    """
    source = np.asarray(array)
    fits = source.ndim == len(shape) and all(
        wanted is None or wanted == length for wanted, length in zip(shape, source.shape, strict=True)
    )
    if not fits or not np.can_cast(source.dtype, np.float32, casting="same_kind"):
        wanted_shape = ", ".join("any" if length is None else str(length) for length in shape)
        raise ShapeError(
            f"`{name}` has shape {list(source.shape)} and type {source.dtype}, expected [{wanted_shape}] of float32"
        )
    return np.ascontiguousarray(source, np.float32)


def checked_background(background: Any, view: SplatView, channels: int) -> Floats | None:
    """[D] or [H, W, D] as the kernels take it.

    Raises:
        ShapeError: another shape, NaN or infinity.
    """
    if background is None:
        return None
    shape = (channels,) if np.ndim(background) == 1 else (view.height, view.width, channels)
    return checked_array("background", background, shape, np.float32)


def packed_options(options: SplatOptions | None, *, enough: float = 0.0) -> tuple[float, float, float, bool, float]:
    """What the kernels take: near plane, blur, radius clip, compensation, and `enough`.

    That is the light below which a block takes no more Gaussians where no way back follows, 0 .. 1; at 0 pixels end one
    by one, as they must where one does.
    """
    chosen = options or SplatOptions()
    return chosen.near_m, chosen.blur_px2, chosen.radius_clip_px, chosen.compensated, enough


def with_errors(count: int, work: Callable[[], int]) -> None:
    """Draws, and says in our words what was wrong with the Gaussians."""
    try:
        damaged = work()
    except ValueError as error:
        raise InvalidValueError(str(error)) from error
    if damaged:
        raise ShapeError(f"{damaged} of {count} Gaussians hold NaN or infinity")
