"""The textured mesh: the tracked head with its texture and light, over the scene as it mostly looks.

Nothing is trained: shape, texture and light come from the tracker, the scene is a median of learned frames. It is the
`draft` quality of replicas. After Thies et al., Face2Face, 2016, without their search for a mouth's inside.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.render.view import View
from avatron.replica.draft.likeness import DraftLikeness
from avatron.replica.draft.renderer import DraftRenderer
from family.film import Film

__all__ = ["LearnedMesh", "learn_mesh", "usual_scene"]

_PLATE_FRAMES = 41


class LearnedMesh:
    """A draft of a replica."""

    def __init__(self, likeness: DraftLikeness) -> None:
        """With what it takes on disk."""
        self._likeness = likeness
        self.parameters = likeness.albedo.size + likeness.light.size + likeness.identity.size
        self.parameters += likeness.displacement.size + likeness.plate.size
        with tempfile.TemporaryDirectory() as place:
            likeness.write(Path(place))
            self.size_bytes = sum(path.stat().st_size for path in Path(place).rglob("*") if path.is_file())

    def renderer(self, view: View) -> DraftRenderer:
        """What draws the person in `view`."""
        return self._likeness.renderer(view)


def usual_scene(film: Film) -> NDArray[np.uint8]:
    """[H, W, 3] the median of learned frames: the scene, and the person at rest in it."""
    rows = np.unique(np.linspace(0, len(film.frames) - 1, _PLATE_FRAMES).round().astype(np.int64))
    return np.median(film.frames.pictures[rows], 0).astype(np.uint8)


def learn_mesh(film: Film) -> LearnedMesh:
    """The textured mesh of the film's person."""
    track, look = film.track, film.look
    return LearnedMesh(
        DraftLikeness(
            track.identity,
            track.displacement,
            look.albedo,
            look.light,
            track.camera,
            track.radial_distortion,
            usual_scene(film),
        )
    )
