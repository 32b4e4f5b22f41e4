"""The 2D GAN: a network paints the lower face into pictures that were filmed.

In the manner of Wav2Lip (Prajwal et al. 2020) and DINet (Zhang et al. 2023): a U-Net sees the square around the face
with its lower half hidden, and reference pictures of the same person, which it bends, mixes and paints over; a judge of
patches keeps it from the mean of what it might be. Driven by coefficients of the tracked expression in place of sound,
so that all families are told the same, and learned of this person alone. The hidden part follows the pose and not the
jaw, so that its border tells nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from avatron.core.camera import Camera
from avatron.core.motion import FaceMotion
from avatron.face.rig import JOINTS
from avatron.io.clips import read_frames
from avatron.native.splat_loss import compare
from avatron.native.warp import sample_affine
from avatron.render.splats.drivers import Drivers
from avatron.render.view import View, ViewOfClip
from avatron.training.adversary import Adversary
from avatron.training.appearance.refiner_network import PatchDiscriminator, PatchDiscriminatorConfig
from family.face_crop import HEAD, CropPlaces, HeadPose, crop_affine, cut
from family.film import Film
from family.splats import COEFFICIENTS, film_drivers

__all__ = ["LearnedInpainting", "learn_inpainting"]

Floats = NDArray[np.float32]

_SIZE_PX, _FOLD = 128, 2
_WIDTHS = (32, 48, 64)
_REFERENCES = 3
_BATCH, _RATE, _JUDGE_RATE = 2, 1.5e-3, 1e-3
_FARTHEST = 0.3
"""Of the square's half, that references are bent."""
_JUDGE_FROM = 0.5
"""Share of the steps before the judge is heard."""
_HALF_WIDTH = 0.42
"""Of the square's side, that is painted to each side of the middle at most."""
_EDGE = 0.05
"""Of the square's side, over which what is painted fades into what was filmed."""
_JAW_OPEN_QUANTILES = (0.02, 0.5, 0.98)
"""Of the mouths' openings, of which the references are."""


class _Block(nn.Module):
    """Two convolutions beside the identity, the first one scaled and shifted by the expression."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(width, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)
        self.told = nn.Linear(COEFFICIENTS, 2 * width)

    def forward(self, hidden: Tensor, coefficients: Tensor) -> Tensor:
        scale, shift = self.told(coefficients)[:, :, None, None].chunk(2, 1)
        inner = functional.relu(self.first(hidden) * (1 + scale) + shift)
        return hidden + cast("Tensor", self.second(inner))


class _Painter(nn.Module):
    """What is known, what is hidden and references in; the square out."""

    def __init__(self) -> None:
        super().__init__()
        fine, middle, coarse = _WIDTHS
        folded = _FOLD**2
        self.entry, self.fine_in = nn.Conv2d((4 + 3 * _REFERENCES) * folded, fine, 1), _Block(fine)
        self.to_middle, self.middle_in = nn.Conv2d(fine, middle, 2, stride=2), _Block(middle)
        self.to_coarse = nn.Conv2d(middle, coarse, 2, stride=2)
        self.coarse = nn.ModuleList([_Block(coarse), _Block(coarse)])
        self.from_coarse, self.middle_out = nn.Conv2d(coarse, 4 * middle, 1), _Block(middle)
        self.from_middle, self.fine_out = nn.Conv2d(middle, 4 * fine, 1), _Block(fine)
        # A flow and a share for each reference; a colour and a share of its own.
        self.exit = nn.Conv2d(fine, (3 * _REFERENCES + 4) * folded, 1)
        nn.init.zeros_(self.exit.weight)
        nn.init.zeros_(cast("Tensor", self.exit.bias))

    def forward(self, given: Tensor, told: Tensor) -> Tensor:
        """[B, 3, S, S] sRGB 0 .. 1, from `given` [B, 4 + 9, S, S] and coefficients `told` [B, R]."""
        count, size = len(given), given.shape[-1]
        fine = self.fine_in(self.entry(functional.pixel_unshuffle(given, _FOLD)), told)
        middle = self.middle_in(self.to_middle(fine), told)
        coarse = self.to_coarse(middle)
        for block in self.coarse:
            coarse = block(coarse, told)
        middle = self.middle_out(functional.pixel_shuffle(self.from_coarse(coarse), 2) + middle, told)
        fine = self.fine_out(functional.pixel_shuffle(self.from_middle(middle), 2) + fine, told)
        found = functional.pixel_shuffle(self.exit(fine), _FOLD)
        flows, shares, colour = found.split([2 * _REFERENCES, _REFERENCES + 1, 3], 1)
        along = (torch.arange(size, dtype=found.dtype) + 0.5) / size * 2 - 1
        straight = torch.stack(torch.meshgrid(along, along, indexing="xy"), -1)
        flows = _FARTHEST * torch.tanh(flows.reshape(count * _REFERENCES, 2, size, size)).permute(0, 2, 3, 1)
        references = given[:, 4:].reshape(count * _REFERENCES, 3, size, size)
        bent = functional.grid_sample(references, straight + flows, align_corners=False, padding_mode="border")
        every = torch.cat([bent.reshape(count, _REFERENCES, 3, size, size), torch.sigmoid(colour)[:, None]], 1)
        return (every * torch.softmax(shares, 1)[:, :, None]).sum(1)


def _share_painted(places: CropPlaces) -> Floats:
    """[S, S] 0 .. 1: how much of each pixel is painted; where it is not 0 the network does not see what was filmed."""
    rise = 1 / (_EDGE * _SIZE_PX)
    along = np.arange(_SIZE_PX) + 0.5
    down = np.clip((along - places.hidden_from * _SIZE_PX) * rise, 0, 1) * np.clip((_SIZE_PX - along) * rise, 0, 1)
    across = np.clip((_HALF_WIDTH * _SIZE_PX - np.abs(along - _SIZE_PX / 2)) * rise, 0, 1)
    return (down[:, None] * across).astype(np.float32)


@dataclass(frozen=True, eq=False)
class LearnedInpainting:
    """The network, and the film whose pictures it paints into."""

    film: Film
    network: _Painter
    drivers: Drivers
    places: CropPlaces
    references: Floats
    """[9, S, S]"""

    @property
    def parameters(self) -> int:
        """Of the network; the film is not counted, though nothing can be drawn without it."""
        return sum(weights.numel() for weights in self.network.parameters())

    @property
    def size_bytes(self) -> int:
        """In half precision, with references of a byte a colour."""
        return 2 * self.parameters + self.references.size

    def renderer(self, view: View) -> _Inpainter:
        """What paints into the film's pictures, and shows them in `view`."""
        return _Inpainter(self, view)


class _Inpainter:
    """Frame n of a motion is painted into frame n of the film, whose head is where it was filmed."""

    def __init__(self, learned: LearnedInpainting, view: View) -> None:
        self._learned = learned
        joints = learned.film.frames.geometry.head.joints
        eyes_m = (joints[JOINTS.index("eye_left")] + joints[JOINTS.index("eye_right")]) / 2
        self._view = ViewOfClip.of(learned.film.track.camera, eyes_m, view)
        self._painted = _share_painted(learned.places)

    def frames(self, motion: FaceMotion, camera: Camera | None = None) -> Iterator[NDArray[np.uint8]]:
        """uint8 [H, W, 3]; another `camera` than the film's changes nothing: there are only the film's pictures."""
        learned = self._learned
        told = learned.drivers.coefficients(motion)
        first = motion.first_frame
        for row, picture in enumerate(read_frames(learned.film.info, first, first + len(motion))):
            yield self._view.shown(self._painted_into(picture, first + row, told[row]))

    def _painted_into(self, picture: NDArray[np.uint8], number: int, told: Floats) -> NDArray[np.uint8]:
        learned = self._learned
        affine = _affine(learned.film, learned.places, number)
        given = _given(cut(picture, affine, _SIZE_PX), self._painted, learned.references)
        with torch.no_grad():
            made = learned.network(torch.from_numpy(given[None]), torch.from_numpy(told[None]))[0].numpy()
        # Back into the picture: the square as the picture's pixels see it, black outside, and its share with it.
        bytes_made = np.rint(np.moveaxis(made, 0, -1) * 255).astype(np.uint8)
        square = np.concatenate([affine, [[0, 0, 1]]])
        back = np.linalg.inv(square)[:2].astype(np.float32)
        height, width = picture.shape[:2]
        pasted, share = np.empty((2, height, width, 3), np.float32)
        sample_affine(bytes_made, back, pasted, gain=1.0)
        share_bytes = np.repeat(np.rint(self._painted * 255).astype(np.uint8)[..., None], 3, 2)
        sample_affine(share_bytes, back, share, black_outside=True)
        return np.rint(picture + share * (pasted - picture)).astype(np.uint8)


def _affine(film: Film, places: CropPlaces, number: int) -> Floats:
    pose = HeadPose(film.frames.rotations[number, HEAD], film.frames.translations[number, HEAD])
    return crop_affine(film.track.camera, pose, places.middle, places.side_m, _SIZE_PX)


def _given(square: Floats, painted: Floats, references: Floats) -> Floats:
    """[4 + 9, S, S] what the network sees of a square [S, S, 3]."""
    hidden = (painted > 0).astype(np.float32)
    known = np.moveaxis(square * (1 - hidden[..., None]), -1, 0)
    return np.concatenate([known, hidden[None], references])


def learn_inpainting(film: Film, steps: int, *, seed: int = 0) -> LearnedInpainting:
    """A painter of the film's person, from `steps` batches of learned frames."""
    places = CropPlaces.of(film.frames.geometry.head)
    numbers = film.frames.numbers
    squares = np.stack(
        [
            cut(picture, _affine(film, places, int(number)), _SIZE_PX)
            for number, picture in zip(numbers, film.frames.pictures, strict=True)
        ]
    )
    painted = _share_painted(places)
    references = np.concatenate([np.moveaxis(squares[row], -1, 0) for row in _reference_rows(film)])
    drivers = film_drivers(film)
    told = drivers.coefficients(film.learned_motion())
    generator = np.random.default_rng(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network, judge = _Painter(), PatchDiscriminator(PatchDiscriminatorConfig())
    optimizer = torch.optim.AdamW(network.parameters(), _RATE, betas=(0.9, 0.99))
    adversary = Adversary(judge, learning_rate=_JUDGE_RATE, betas=(0.5, 0.9), bfloat16=False)
    share = torch.from_numpy(painted)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = _RATE * (0.03 + 0.97 * 0.5 * (1 + np.cos(np.pi * step / steps)))
        rows = generator.integers(len(squares), size=_BATCH)
        real = torch.from_numpy(np.ascontiguousarray(np.moveaxis(squares[rows], -1, 1)))
        given = torch.from_numpy(np.stack([_given(squares[row], painted, references) for row in rows]))
        made = real + share * (network(given, torch.from_numpy(told[rows])) - real)
        shown = np.ascontiguousarray(np.moveaxis(made.detach().numpy(), 1, -1))
        apart = [
            compare(one, squares[row], weight=painted + 1e-3).gradient for one, row in zip(shown, rows, strict=True)
        ]
        wish = torch.from_numpy(np.moveaxis(np.stack(apart), -1, 1) / _BATCH)
        if step >= _JUDGE_FROM * steps:
            wish = wish + _judged(adversary, real, made.detach(), float(wish.norm()))
        optimizer.zero_grad()
        (made * wish).sum().backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
    network.eval()
    return LearnedInpainting(film, network, drivers, places, references)


def _judged(adversary: Adversary, real: Tensor, made: Tensor, distance: float) -> Tensor:
    """[B, 3, S, S] what the judge says of the pixels, as long as what the distance of colours says."""
    adversary.learn(real, made)
    shown = made.requires_grad_(True)
    verdict, features = adversary.judge(shown)
    (gradient,) = torch.autograd.grad(verdict + features, shown)
    return gradient * (distance / max(float(gradient.norm()), 1e-12))


def _reference_rows(film: Film) -> list[int]:
    """Rows of learned frames with a closed, a common and a wide mouth, the head as it mostly is."""
    motion = film.learned_motion()
    opening = np.linalg.norm(_lip_gaps(film), axis=1)
    pose = motion.head_rotation + motion.neck_rotation + motion.torso_rotation
    away = np.linalg.norm(pose - np.median(pose, 0), axis=1)
    usual = np.argsort(away)[: max(len(away) // 3, _REFERENCES)]
    ordered = usual[np.argsort(opening[usual])]
    return [int(ordered[round(quantile * (len(ordered) - 1))]) for quantile in _JAW_OPEN_QUANTILES]


def _lip_gaps(film: Film) -> Floats:
    """[T', 3] metres from the upper to the lower inner lip, of each learned frame."""
    model = film.frames.geometry.head.model
    upper, lower = 13, 14
    gaps = []
    for vertices in film.frames.geometry.head.frames(film.learned_motion()):
        seen = model.landmarks(vertices)
        gaps.append(seen[lower] - seen[upper])
    return np.asarray(gaps, np.float32)
