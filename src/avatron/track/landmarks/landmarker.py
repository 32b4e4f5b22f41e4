"""MediaPipe's face landmarker: its three networks under LiteRT, and our own sampling around them."""

from __future__ import annotations

import math
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.assets import fetch_asset
from avatron.errors import DamagedModelError, UnreadableFileError
from avatron.track.landmarks.blendshapes import BlendshapeGuess
from avatron.track.landmarks.crop import FaceCrop
from avatron.track.landmarks.detector import FaceDetection, FaceDetector
from avatron.track.landmarks.litert import LiteRtModel
from avatron.track.observations import LANDMARKS

__all__ = ["FaceLandmarker", "FaceLook"]

Floats = NDArray[np.float32]

ASSET = "face_landmarker.task"
SIZE_PX = 256
_NETWORKS = ("face_detector.tflite", "face_landmarks_detector.tflite", "face_blendshapes.tflite")


@dataclass(frozen=True, eq=False)
class FaceLook:
    """What one look at a crop showed."""

    landmarks: Floats
    """[478, 3] px of the frame, and depth in the same pixels relative to the face's middle, nearer is smaller."""
    presence: float
    """How sure the network is that a face was there, 0 .. 1."""


class FaceLandmarker:
    """Detector, landmarks and blendshapes. Holds the networks' buffers: one thread at a time."""

    def __init__(self, detector: LiteRtModel, landmarks: LiteRtModel, blendshapes: LiteRtModel) -> None:
        """Use `load`."""
        self._detector = FaceDetector(detector)
        self._mesh = landmarks
        self._points = landmarks.output("Identity", (1, 1, 1, 3 * LANDMARKS))
        self._presence = landmarks.output("Identity_1", (1, 1, 1, 1))
        self._blendshapes = BlendshapeGuess(blendshapes)

    @staticmethod
    def load(path: str | Path | None = None, *, threads: int = 1) -> FaceLandmarker:
        """The networks of `face_landmarker.task`, which is fetched if need be, each on so many threads.

        Raises:
            MissingComponentError: it cannot be fetched, or LiteRT is not installed.
            UnreadableFileError: no such file, or no bundle of MediaPipe's.
            DamagedModelError: a network in it is another one.
        """
        source = fetch_asset(ASSET) if path is None else Path(path)
        try:
            with zipfile.ZipFile(source) as bundle:
                contents = [bundle.read(name) for name in _NETWORKS]
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise UnreadableFileError(f"`{source}` is not MediaPipe's face landmarker bundle: {error}") from None
        detector, landmarks, blendshapes = (
            LiteRtModel(name, content, threads=threads) for name, content in zip(_NETWORKS, contents, strict=True)
        )
        if landmarks.input_shape != (1, SIZE_PX, SIZE_PX, 3):
            raise DamagedModelError(f"the landmark network of `{source}` takes {list(landmarks.input_shape)}")
        return FaceLandmarker(detector, landmarks, blendshapes)

    def detect(
        self, image: NDArray[np.uint8], *, level: int = 0, least_score: float = 0.5
    ) -> tuple[FaceDetection, ...]:
        """The faces of `image` [H, W, 3], the surest first; a higher `level` looks for smaller ones, in parts of it.

        Level 0 sees faces of about a fifth of the picture's longer side, level 1 of its shorter one, and each level
        more of half that.
        """
        return self._detector.detect(image, level=level, least_score=least_score)

    def look(self, image: NDArray[np.uint8], crop: FaceCrop) -> FaceLook:
        """The landmarks of the face in a crop of `image` [H, W, 3]."""
        # No name may hold the input while the network runs.
        crop.sample(image, self._mesh.input()[0])
        self._mesh.run()
        points = self._mesh.read(self._points).reshape(LANDMARKS, 3)
        logit = float(self._mesh.read(self._presence).reshape(()))
        return FaceLook(crop.place(points, SIZE_PX), 1 / (1 + math.exp(-max(min(logit, 60.0), -60.0))))

    def blendshapes(self, landmarks: Floats) -> Floats:
        """[52] of `ARKIT_NAMES`, 0 .. 1: MediaPipe's guess from landmarks [478, 3] px."""
        return self._blendshapes.weights(landmarks)
