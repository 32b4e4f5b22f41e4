"""Judges of naturalness: networks that were trained to answer as listeners did.

DNSMOS has heard denoised speech, DistillMOS every kind of it, synthesis included. DNSMOS hears the level too (a set
lost 0.15 by being 10 dB louder), so sets are judged at one loudness, and as they are beside it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.errors import InvalidValueError, MissingComponentError
from avatron.evaluation.measurement import Measurement, measured_mean
from avatron.evaluation.voice.optional import absent
from avatron.io.audio import read_audio
from avatron.io.optional import optional_package
from avatron.io.resample import resample_audio
from avatron.io.sessions import open_session
from avatron.signal.level import at_loudness

__all__ = ["JUDGES", "DistillMos", "Dnsmos", "Judge", "judge_folder", "judged"]

JUDGE_RATE = 16000
AS_IS_SOUNDS = 24
"""Sounds of a set that are judged at their own level too: that number only shows what the level does."""


class Judge(Protocol):
    """Scores one utterance; made without arguments, and raises MissingComponentError where a package is missing."""

    names: tuple[str, ...]
    citation: str
    hears_level: bool
    """Whether the same sound at another level gets another score."""

    def scores(self, samples: NDArray[np.float32]) -> tuple[float, ...]:
        """One score, 1 .. 5, for each of `names`, of `samples` [N] at 16 kHz."""
        ...


class Dnsmos:
    """DNSMOS P.835: overall, signal and background."""

    names = ("dnsmos_ovrl", "dnsmos_sig", "dnsmos_bak")
    citation = "Reddy et al., DNSMOS P.835, 2022"
    hears_level = True

    def __init__(self) -> None:
        package = optional_package("speechmos.dnsmos", '"avatron[bench]"')
        models = Path(package.__file__).parent / "dnsmos_models"
        paths = [models / "sig_bak_ovr.onnx", models / "model_v8.onnx"]
        self._scorer = package.DNSMOS(*map(str, paths))
        # Its own sessions take every core and spin on it.
        self._scorer.onnx_sess, self._scorer.p808_onnx_sess = (open_session(path, threads=1) for path in paths)

    def scores(self, samples: NDArray[np.float32]) -> tuple[float, ...]:
        """(overall, signal, background)."""
        found = self._scorer(np.clip(samples, -1, 1), JUDGE_RATE, False)
        return tuple(float(found[f"{name.removeprefix('dnsmos_')}_mos"]) for name in self.names)


class DistillMos:
    """DistillMOS: one score, learned from a judge on wav2vec 2.0 that was trained on synthesis as well."""

    names = ("distillmos",)
    heard_samples = 122880
    """What it hears at once, 7.68 s. It fills what is shorter with silence, and takes that for bad speech: thirds of a
    recording with 4.55 had 3.0 to 4.2. So short sounds are repeated here, as DNSMOS repeats them itself."""
    citation = "Stahl and Gamper, Distillation and pruning for scalable speech quality assessment, 2025"
    hears_level = False

    def __init__(self) -> None:
        # torchaudio only serves its command line, and is often built for another torch.
        package = optional_package("distillmos", "--no-deps distillmos xls-r-sqa", unused=("torchaudio",))
        self._torch = optional_package("torch", "torch")
        with redirect_stdout(sys.stderr):  # It tells of its weights, and stdout is for results.
            self._model = package.ConvTransformerSQAModel().eval()

    def scores(self, samples: NDArray[np.float32]) -> tuple[float, ...]:
        """(overall,)."""
        heard = np.clip(samples, -1, 1)
        if 0 < len(heard) < self.heard_samples:
            heard = np.resize(heard, self.heard_samples)
        with self._torch.no_grad():
            return (float(self._model(self._torch.from_numpy(heard)[None])),)


JUDGES: tuple[type[Any], ...] = (Dnsmos, DistillMos)


def judged(audios: Sequence[Audio], judge: Judge, *, as_is: bool = True) -> dict[str, Measurement]:
    """Mean of each of the judge's scores at -26 LUFS; under `NAME_as_is` of the first 24 at their own level.

    The second only with `as_is`, and where the judge hears levels.

    Raises:
        InvalidValueError: no audio.
    """
    at_16_khz = [resample_audio(audio, JUDGE_RATE) for audio in audios]
    levels = {"": [at_loudness(audio) for audio in at_16_khz]}
    if as_is and judge.hears_level:
        levels["_as_is"] = at_16_khz[:AS_IS_SOUNDS]
    found = {}
    for suffix, heard in levels.items():
        table = [judge.scores(audio.samples) for audio in heard]
        for column, name in enumerate(judge.names):
            values = [scores[column] for scores in table]
            found[f"{name}{suffix}"] = measured_mean(
                f"{name}{suffix}", values, unit="MOS", better="higher", citation=judge.citation
            )
    return found


def judge_folder(folder: Path) -> dict[str, Any]:
    """What every judge that is installed says of the wav and flac files of a folder, as JSON.

    Raises:
        InvalidValueError: no wav or flac in it.
        UnreadableFileError: one of them is no audio.
    """
    paths = sorted(path for path in folder.iterdir() if path.suffix in (".wav", ".flac"))
    if not paths:
        raise InvalidValueError(f"`{folder}` holds no .wav and no .flac; give a folder of recordings")
    audios = [read_audio(path) for path in paths]
    found: dict[str, Any] = {"files": len(paths)}
    for maker in JUDGES:
        try:
            judge: Judge = maker()
        except MissingComponentError as error:
            found |= {name: absent(error) for name in maker.names}
        else:
            found |= {name: value.as_json() for name, value in judged(audios, judge).items()}
    return found
