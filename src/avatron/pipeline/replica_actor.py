"""A replica as an actor: its consent is asked first, then its own voice, motion and likeness perform."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from avatron.avatar.avatar import Avatar
from avatron.core.motion import EXPRESSION_NAMES, FaceMotion
from avatron.errors import InvalidValueError
from avatron.export.tracked import avatar_of_track
from avatron.face.head import PosedHead
from avatron.face.shipped import shipped_head
from avatron.io.provenance.origin import Provenance
from avatron.io.provenance.watermark import Watermark
from avatron.io.tracks import read_track_albedo
from avatron.motion.animators import DEFAULT_ANIMATOR
from avatron.motion.protocol import Animator
from avatron.pipeline.actor import Drawing, warm_animator
from avatron.pipeline.behind import Behind
from avatron.render.background import Backdrop
from avatron.render.framing import Framing, framing_named
from avatron.render.light import light_named
from avatron.render.view import View
from avatron.replica.replica import TRACK_FILE, Replica
from avatron.replica.store import find_replica, load_replica

if TYPE_CHECKING:
    from avatron.pipeline.options import SpeakOptions

__all__ = ["ReplicaActor", "ReplicaDrawing"]

_PORTRAIT = "head-and-shoulders"
_WALL = "studio"
"""The rig whose wall is behind a portrait where no other background is asked for."""


@lru_cache(maxsize=2)
def _warm_replica(path: str, changed_ns: int) -> Replica:
    return load_replica(Path(path))


class ReplicaActor:
    """The replica of a person."""

    def __init__(self, options: SpeakOptions) -> None:
        """Of the replica that `options` name.

        Raises:
            InputError: a folder that fails its checks.
            ConsentError: its consent does not cover the use, or has expired.
            InvalidValueError: a light: a person is lit as they were filmed.
        """
        if options.light is not None:
            raise InvalidValueError("a replica is lit as it was filmed; leave `--light` out")
        place = find_replica(options.avatar).resolve()
        replica = _warm_replica(str(place), (place / "config.json").stat().st_mtime_ns)
        # Asked each time: what stays warm may expire.
        self._replica = replica.allowed_for(options.use)
        self._options = options

    @property
    def default_voice(self) -> str:
        """As `Actor`."""
        return self._replica.voice

    @property
    def provenance(self) -> Provenance | None:
        """As `Actor`."""
        return self._replica.provenance

    def animator(self) -> Animator:
        """As `Actor`: their own, where they have one and no other one is asked for."""
        own = self._replica.own_animator
        return own if own is not None and self._options.animator == DEFAULT_ANIMATOR else self._asked()

    def _asked(self) -> Animator:
        return warm_animator(self._options.animator)

    def lend(self) -> AbstractContextManager[Drawing]:
        """As `Actor`."""
        return nullcontext(ReplicaDrawing(self._replica, self._options))

    def head(self) -> PosedHead:
        """As `Actor`."""
        track = self._replica.track
        displacement = track.displacement if len(track.displacement) else None
        return shipped_head().posed(track.identity, displacement)

    def rest_weights(self) -> NDArray[np.float32]:
        """As `Actor`."""
        return np.zeros(len(EXPRESSION_NAMES), np.float32)

    def framing(self) -> Framing:
        """As `Actor`."""
        return framing_named(self._options.framing or _PORTRAIT)

    def avatar(self) -> Avatar:
        """As `Actor`: the tracked head with its texture."""
        albedo = read_track_albedo(self._replica.folder.file(TRACK_FILE))
        return avatar_of_track(self._replica.track, self._replica.name, albedo)


class ReplicaDrawing:
    """Draws one replica for one request."""

    def __init__(self, replica: Replica, options: SpeakOptions) -> None:
        """Prepare what does not change from frame to frame.

        Raises:
            InputError: a background that cannot be shown, a likeness that is damaged.
        """
        portrait = options.mode == "portrait" or (options.mode is None and options.framing is not None)
        scene = not portrait and options.background == "studio"
        framing = (options.framing or _PORTRAIT) if portrait else None
        self._renderer = replica.likeness.renderer(View(options.size, framing, alone=not scene))
        # Here, where every picture of a replica comes by: films, sequences and streams have it alike.
        self._watermark = None if options.provenance is not None else Watermark(replica.id)
        self._behind = Behind(options)
        self._backdrop: Backdrop | None = None
        if not scene and options.background != "transparent":
            self._backdrop = Backdrop(self._behind.shown, options.size, light_named(_WALL), options.background_blur)

    def frames(self, motion: FaceMotion) -> Iterator[NDArray[Any]]:
        """As `Drawing`."""
        self._behind.seek(motion.first_frame)
        for image in self._renderer.frames(motion):
            behind = None if self._backdrop is None else self._backdrop.next()
            drawn = image if behind is None else _over(image, behind)
            yield drawn if self._watermark is None else self._watermark.mark(drawn)


def _over(image: NDArray[np.uint8], behind: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """[H, W, 3] `image` [H, W, 4] with straight alpha over `behind` [H, W, 3]."""
    cover = image[..., 3:].astype(np.uint16)
    mixed = image[..., :3] * cover + behind * (255 - cover)
    # Rounded division by 255, exact for all products of two bytes.
    mixed += 128
    return np.asarray((mixed + (mixed >> 8)) >> 8, np.uint8)
