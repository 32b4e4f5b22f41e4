"""Who is on the screen: an avatar of nobody or the replica of a person, which every path treats alike."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from avatron.avatar.store import COLLECTION, load_avatar, summarise_avatar
from avatron.core.motion import FaceMotion
from avatron.errors import InvalidValueError
from avatron.face.head import PosedHead
from avatron.face.shipped import shipped_head
from avatron.io.provenance.origin import Provenance
from avatron.motion.animators import load_animator
from avatron.motion.protocol import Animator
from avatron.render.framing import Framing, framing_named
from avatron.replica.store import COLLECTION as REPLICAS
from avatron.replica.store import is_replica

if TYPE_CHECKING:
    from avatron.avatar.avatar import Avatar
    from avatron.pipeline.options import SpeakOptions

__all__ = ["Actor", "Drawing", "PresetActor", "actor_of", "names_replica"]

# A handful of each stays warm: a batch or a service that switches between them does not load them again and again.
warm_animator = lru_cache(maxsize=4)(load_animator)
_warm_avatar = lru_cache(maxsize=4)(load_avatar)
_default_voice = lru_cache(maxsize=16)(lambda name: summarise_avatar(name).default_voice)


class Drawing(Protocol):
    """What draws one actor for one request."""

    def frames(self, motion: FaceMotion) -> Iterator[NDArray[Any]]:
        """The pictures of `motion`, uint8 [H, W, 3 or 4], drawn as they are asked for."""


class Actor(Protocol):
    """Who is on the screen."""

    @property
    def default_voice(self) -> str:
        """Name or folder of the voice that speaks where no other one is asked for."""

    @property
    def provenance(self) -> Provenance | None:
        """What outputs say of a real person; None of an avatar of nobody."""

    def animator(self) -> Animator:
        """What moves the face.

        Raises:
            UnknownNameError, MissingComponentError: the animator that was asked for is not there.
        """

    def lend(self) -> AbstractContextManager[Drawing]:
        """What draws, given back when the request is done."""

    def head(self) -> PosedHead:
        """The shape, for motion that comes from somebody else's head."""

    def rest_weights(self) -> NDArray[np.float32]:
        """[E] the expression at rest, which motion is added to."""

    def framing(self) -> Framing:
        """How near the camera is."""

    def avatar(self) -> Avatar:
        """Shape and textures, for files of scenes."""


def names_replica(name_or_path: str) -> bool:
    """Whether that is a replica: a folder that says so, or an installed one whose name no avatar has."""
    if os.sep in name_or_path:
        return is_replica(Path(name_or_path).expanduser())
    if name_or_path in COLLECTION.names() or name_or_path in COLLECTION.aliases():
        return False
    return name_or_path in REPLICAS.names() or is_replica(Path(name_or_path))


def actor_of(options: SpeakOptions) -> Actor:
    """The actor that `options` name.

    Raises:
        UnknownNameError, InputError: there is none, or a folder that fails its checks.
        ConsentError: a replica whose consent does not cover the use.
        InvalidValueError: an option that this actor cannot follow.
    """
    if names_replica(options.avatar):
        from avatron.pipeline.replica_actor import ReplicaActor

        return ReplicaActor(options)
    return PresetActor(options)


class PresetActor:
    """An avatar of nobody."""

    provenance: Provenance | None = None

    def __init__(self, options: SpeakOptions) -> None:
        """Of the avatar that `options` name; nothing is loaded yet.

        Raises:
            InvalidValueError: a mode that avatars do not have.
        """
        if options.mode == "full":
            raise InvalidValueError(
                f"the mode `full` shows a replica as it was filmed, and `{options.avatar}` is an avatar: leave it out"
            )
        self._options = options

    @property
    def default_voice(self) -> str:
        """As `Actor`."""
        voice: str = _default_voice(self._options.avatar)
        return voice

    def animator(self) -> Animator:
        """As `Actor`."""
        return warm_animator(self._options.animator)

    def lend(self) -> AbstractContextManager[Drawing]:
        """As `Actor`."""
        from avatron.pipeline.picture import lend_picture

        return lend_picture(self.avatar(), self._options)

    def head(self) -> PosedHead:
        """As `Actor`."""
        look = self.avatar().look
        return shipped_head().posed(look.identity, look.displacement)

    def rest_weights(self) -> NDArray[np.float32]:
        """As `Actor`."""
        return self.avatar().look.rest_weights()

    def framing(self) -> Framing:
        """As `Actor`."""
        return framing_named(self._options.framing or self.avatar().look.framing)

    def avatar(self) -> Avatar:
        """As `Actor`."""
        return _warm_avatar(self._options.avatar)
