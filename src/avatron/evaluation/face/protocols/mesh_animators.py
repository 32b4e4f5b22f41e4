"""Our animators on meshes that are not ours: they hear the sequence's sound, since the protocols have no transcripts.

One with a vertex head of the data set's own mesh (`docs/decoder.md`) moves it as it was trained to. One that moves
expressions knows nothing of that mesh; what its curves are worth there is asked of a linear map from curves to
displacements, learned by ridge regression on the training sequences. The map has no memory, so everything that happens
in time is the animator's.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_NAMES
from avatron.core.speech import Speech
from avatron.errors import InvalidValueError
from avatron.evaluation.face.protocols.layout import MeshFolder, Sequence3d
from avatron.io.folders import ModelFolder, load_folder
from avatron.motion.animators import ANIMATORS, load_animator, split_subject
from avatron.motion.decoder.config import KIND, DecoderConfig
from avatron.motion.decoder.mesh_animator import LearnedMeshAnimator
from avatron.motion.protocol import Animator
from avatron.motion.style import MotionStyle
from avatron.voice.listening.encoders import DEFAULT_ENCODER, load_speech_encoder
from avatron.voice.listening.hear import hear_utterances
from avatron.voice.listening.protocol import SpeechEncoder
from avatron.voice.listening.tape import SoundTape

__all__ = ["MappedCurves", "TrainedMesh", "is_animator", "mesh_animator"]

Floats = NDArray[np.float32]

_STIFFNESS = 1e-4
"""Ridge in squared weights a frame: shapes that move by less than a hundredth of their range have little say."""


def is_animator(source: str) -> bool:
    """Whether `source` is a registered name or the folder of a trained animator, and no folder of results."""
    given, _ = split_subject(source)
    return given in ANIMATORS.names() or (Path(given) / "config.json").is_file()


def mesh_animator(source: str, folder: MeshFolder) -> TrainedMesh | Animator:
    """What a registered name or the folder of a trained animator stands for on the mesh of `folder`.

    Either may have `@SUBJECT` behind it; a head of the mesh itself moves strangers as each of its subjects does. An
    animator of expressions becomes a contender as `MappedCurves`.

    Raises:
        MissingComponentError: a registered animator without weights, or no speech encoder in this installation.
        InvalidValueError: a vertex head of another mesh.
        DamagedModelError: a trained animator that fails its checks.
    """
    given, _ = split_subject(source)
    if given in ANIMATORS.names():
        return load_animator(source)
    trained = load_folder(Path(given), KIND)
    return TrainedMesh(trained, folder) if DecoderConfig.of(trained).vertices else load_animator(Path(source))


class TrainedMesh:
    """A decoder with a head of the protocol's own mesh."""

    def __init__(self, trained: ModelFolder, folder: MeshFolder) -> None:
        """Raises:
        InvalidValueError: a mesh of another number of vertices.
        DamagedModelError: a folder that fails its checks.
        """
        config = DecoderConfig.of(trained)
        if config.vertices != folder.protocol.vertices:
            raise InvalidValueError(
                f"animator `{config.name}` moves {config.vertices} vertices, and {folder.protocol.name} has "
                f"{folder.protocol.vertices}; train one on its mesh"
            )
        self._animators = {name: LearnedMeshAnimator(trained, subject=name) for name in config.subjects}
        self._fps, self._encoder = Fraction(folder.protocol.fps), load_speech_encoder(DEFAULT_ENCODER)

    def predict(self, sequence: Sequence3d, true: Floats, template: Floats) -> list[Floats]:
        """In the person's own manner where it was learned, else in that of each person it knows.

        Raises:
            EmbeddingSpaceError: it was trained on another embedding than the speech encoder's.
            UnreadableFileError: a damaged sound.
        """
        known = [self._animators[sequence.subject]] if sequence.subject in self._animators else self._animators.values()
        style = MotionStyle(fps=self._fps)
        speeches = _heard(sequence, self._encoder)
        moved = (np.concatenate([one.animate(said, style).vertices for said in speeches]) - one.rest for one in known)
        return [template + _lasting(one, len(true)) for one in moved]


class MappedCurves:
    """An animator of expressions, its curves put onto the mesh by a linear map."""

    def __init__(self, animator: Animator, folder: MeshFolder) -> None:
        """Learn the map on the sequences of `train`, in the memory of one sequence and of the map.

        Raises:
            InvalidValueError: no training sequence.
            MissingComponentError: no speech encoder in this installation.
            UnreadableFileError: a damaged sound or mesh.
        """
        self._animator, self._encoder = animator, load_speech_encoder(DEFAULT_ENCODER)
        # Blinks come by chance, and looks move no part of the protocols' faces.
        self._style = MotionStyle(fps=Fraction(folder.protocol.fps), blinks=False, gaze=False)
        sequences = folder.of("train")
        if not sequences:
            raise InvalidValueError("there is no training sequence; the splits of the protocol name their subjects")
        expressions, width = len(EXPRESSION_NAMES), 3 * folder.protocol.vertices
        # The last row and column are those of a constant 1: they hold the sums.
        products = np.zeros((expressions + 1, expressions + 1))
        crossed = np.zeros((expressions + 1, width))
        for sequence in sequences:
            curves, vertices = self._curves(sequence), folder.vertices(sequence)
            count = min(len(curves), len(vertices))
            seen = np.pad(curves[:count].astype(np.float64), ((0, 0), (0, 1)), constant_values=1)
            products += seen.T @ seen
            crossed += seen.T @ (vertices[:count] - folder.templates[sequence.subject]).reshape(count, width)
        products, crossed = products / products[-1, -1], crossed / products[-1, -1]
        self._mean, self._mean_moved = products[-1, :-1].astype(np.float32), crossed[-1].astype(np.float32)
        spread = products[:-1, :-1] - np.outer(products[-1, :-1], products[-1, :-1])
        together = crossed[:-1] - np.outer(products[-1, :-1], crossed[-1])
        self._map: Floats = np.linalg.solve(spread + _STIFFNESS * np.eye(expressions), together).astype(np.float32)

    def predict(self, sequence: Sequence3d, true: Floats, template: Floats) -> list[Floats]:
        """Its curves, mapped.

        Raises:
            UnreadableFileError: a damaged sound.
        """
        moved = self._mean_moved + (self._curves(sequence) - self._mean) @ self._map
        return [template + _lasting(moved.reshape(-1, *template.shape), len(true))]

    def _curves(self, sequence: Sequence3d) -> Floats:
        """[T, E] expressions at the protocol's frame rate."""
        motions = [self._animator.animate(speech, self._style) for speech in _heard(sequence, self._encoder)]
        return np.concatenate([motion.expression for motion in motions])


def _heard(sequence: Sequence3d, encoder: SpeechEncoder) -> list[Speech]:
    return list(hear_utterances(SoundTape(sequence.wav_path), encoder))


def _lasting(moved: Floats, frames: int) -> Floats:
    """`moved` cut to `frames`, or its last one held: films and their sound do not end together."""
    return moved[np.minimum(np.arange(frames), len(moved) - 1)]
