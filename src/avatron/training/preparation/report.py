"""What preparation did with each recording: a file for programs, and a page for people."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from avatron.training.corpus import HELD_OUT_STRIDE
from avatron.training.preparation.recordings import Rejection

__all__ = ["KeptClip", "PreparationReport"]

MOST_NAMES = 6
"""Of the clips that are left out for one reason, so many are named on the page; the file names all."""
NOISY_SHARE = 0.1
"""A clip may be spoken through without a quiet moment; a tenth of all clips is a noisy room."""
LITTLE_S = 600.0
"""Below ten minutes a voice has not heard every sound often enough."""


@dataclass(frozen=True)
class KeptClip:
    """One clip of the corpus."""

    name: str
    seconds: float
    """After the silence at its ends was cut."""
    trimmed_s: float
    """Silence that was cut."""
    fit: float
    """How well its text fits: mean log likelihood of a frame in nats."""
    deviations: float
    """The same in robust standard deviations from the median, negative below it."""
    loudness_lufs: float
    """As it came."""
    noise_db: float | None
    """Noise between the words relative to the speech; None for digital silence."""
    origin: str
    """Form of the file that it came from."""


@dataclass(frozen=True)
class PreparationReport:
    """What was kept, what was left out and why."""

    clips: tuple[KeptClip, ...]
    """Sorted by name."""
    rejected: tuple[Rejection, ...]
    """What was left out."""
    fit_median: float
    """Of all clips that the aligner heard, in nats a frame."""
    fit_deviation: float
    """Robust standard deviation of the same."""
    boundary_error_ms: float | None
    """Mean distance of the aligner's boundaries from the given ones, on clips of the base; None without them."""
    loudness_lufs: float
    """What every clip was brought to."""
    noise_limit_db: float
    """Clips with more noise than this are remarked on."""

    @property
    def kept_s(self) -> float:
        """Seconds of sound in the corpus."""
        return round(sum(clip.seconds for clip in self.clips), 1)

    def as_json(self) -> dict[str, Any]:
        """The whole report as JSON values."""
        return {
            "kept": len(self.clips),
            "kept_s": self.kept_s,
            "trimmed_s": round(sum(clip.trimmed_s for clip in self.clips), 1),
            "held_out": -(-len(self.clips) // HELD_OUT_STRIDE),
            **{name: getattr(self, name) for name in ("fit_median", "fit_deviation", "boundary_error_ms")},
            "loudness_lufs": self.loudness_lufs,
            "remarks": self.remarks(),
            "rejected": [dataclasses.asdict(each) for each in self.rejected],
            "clips": [dataclasses.asdict(each) for each in self.clips],
        }

    def remarks(self) -> list[str]:
        """What is not wrong and still better known."""
        found = []
        if self.kept_s < LITTLE_S:
            found.append(f"{self.kept_s / 60:.1f} minutes are little: the voice improves up to about an hour")
        noisy = sorted(
            (clip.noise_db, clip.name) for clip in self.clips if clip.noise_db and clip.noise_db > self.noise_limit_db
        )
        if len(noisy) > NOISY_SHARE * len(self.clips):
            found.append(
                f"noise between the words above {self.noise_limit_db:g} dB of the speech, which the voice would learn: "
                + _names([name for _, name in reversed(noisy)])
            )
        low = Counter(clip.origin for clip in self.clips if int(clip.origin.split()[0]) < 22050)
        if low:
            found.append(f"{sum(low.values())} clips have less than 22050 Hz: the voice will sound as dull as they do")
        share = len(self.rejected) / max(1, len(self.rejected) + len(self.clips))
        if share > 0.2:
            found.append(f"{share:.0%} of the clips were left out: look at the reasons before you train")
        return found

    def rows(self) -> list[tuple[str, str, str]]:
        """The page: what, how much, which ones."""
        loudness = np.array([clip.loudness_lufs for clip in self.clips])
        noise = np.array([-math.inf if clip.noise_db is None else clip.noise_db for clip in self.clips])
        trimmed_s = sum(clip.trimmed_s for clip in self.clips)
        held_out = [clip.name for clip in self.clips][::HELD_OUT_STRIDE]
        rows = [
            ("kept", f"{len(self.clips)} clips, {self.kept_s / 60:.1f} min", ""),
            ("held out of training", f"{len(held_out)} clips", _names(held_out)),
            ("silence cut at the ends", f"{trimmed_s:.1f} s", ""),
            (
                "loudness as it came",
                f"{np.median(loudness):.1f} LUFS",
                f"{loudness.min():.1f} .. {loudness.max():.1f}; now {self.loudness_lufs:g}",
            ),
            ("noise between words", f"{np.median(noise):.0f} dB of the speech", f"at most {noise.max():.0f} dB"),
        ]
        for origin, count in Counter(clip.origin for clip in self.clips).most_common():
            rows.append(("form of the files", f"{count} clips", origin))
        if self.boundary_error_ms is not None:
            rows.append(("aligner on clips of the base", f"{self.boundary_error_ms:.1f} ms off", ""))
        worst = sorted(self.clips, key=lambda clip: clip.fit)[:5]
        rows.append(("text fits worst, but kept", "", ", ".join(f"{c.name} ({c.deviations:+.1f} sd)" for c in worst)))
        rows.append(("left out", f"{len(self.rejected)} clips", ""))
        for kind, count in Counter(each.kind for each in self.rejected).most_common():
            names = [each.name for each in self.rejected if each.kind == kind]
            rows.append((f"  {kind}", str(count), _names(names)))
        return rows


def _names(names: list[str]) -> str:
    shown = ", ".join(names[:MOST_NAMES])
    return shown if len(names) <= MOST_NAMES else f"{shown} and {len(names) - MOST_NAMES} more"
