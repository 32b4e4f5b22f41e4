"""Our own trained aligner as a second opinion on when phonemes are said; needs torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.core.speech import PhonemeSequence
from avatron.errors import MissingComponentError, UnreadableFileError
from avatron.signal.level import at_loudness
from avatron.signal.mel import MelConfig, log_mel
from avatron.text.inventory import LEAD_PAUSE, PAUSES, SENTENCE_ENDS, SYMBOL_IDS

__all__ = ["TrainedAligner"]

HEARD_LUFS = -24.5
"""Loudness of the recordings that it learned from."""
MORE_LEAD_FRAMES = 10
"""Put in front of an utterance, mirrored from its own quiet: it expects a lead longer than ours."""


class TrainedAligner:
    """The aligner of a run such as `runs/lj`; the same answers as `ForcedAligner`."""

    def __init__(self, run: Path) -> None:
        """Loads it.

        Raises:
            MissingComponentError: torch is not installed.
            UnreadableFileError: the run has no trained aligner.
        """
        path = run / "aligner" / "model.safetensors"
        if not path.is_file():
            raise UnreadableFileError(f"`{path}` is not there; give a run whose stage `aligner` is done, e.g. runs/lj")
        try:
            from avatron.training.aligner import Aligner, AlignerConfig
            from avatron.training.checkpoint import load_result
        except ImportError as error:
            raise MissingComponentError(
                f'the trained aligner needs the extra `train` ({error.name} is missing): pip install "avatron[train]"'
            ) from None
        self._aligner = Aligner(AlignerConfig()).eval()
        load_result(self._aligner, path)
        self._mel = MelConfig()

    def phoneme_starts_s(self, audio: Audio, phonemes: PhonemeSequence) -> NDArray[np.float64] | None:
        """[P] seconds at which each phoneme begins, NaN for pauses."""
        from avatron.training.aligner_stage import align

        lead = MORE_LEAD_FRAMES * self._mel.hop_length
        tokens = self._tokens(phonemes)
        led = Audio(np.pad(at_loudness(audio, HEARD_LUFS).samples, (lead, 0), mode="reflect"), audio.sample_rate)
        durations = align(self._aligner, self._example(led), tokens)
        frames = np.cumsum(durations) - durations - MORE_LEAD_FRAMES
        starts = np.full(len(phonemes), np.nan)
        starts[phonemes.word_index >= 0] = (frames * self._mel.hop_length / audio.sample_rate)[tokens.phonemes >= 0]
        return starts

    def word_starts_s(self, audio: Audio, phonemes: PhonemeSequence) -> NDArray[np.float64] | None:
        """[P] seconds at which the first phoneme of each word begins, NaN for all others."""
        starts = self.phoneme_starts_s(audio, phonemes)
        return None if starts is None else np.where(phonemes.word_initial, starts, np.nan)

    def _tokens(self, phonemes: PhonemeSequence) -> Any:
        """The phonemes, with a pause between all words that may turn out not to be there."""
        from avatron.training.aligner import Tokens

        ids, optional, spoken = [SYMBOL_IDS[LEAD_PAUSE]], [False], [-1]
        pause = LEAD_PAUSE
        for symbol, number, initial in zip(
            phonemes.symbols, phonemes.word_index.tolist(), phonemes.word_initial.tolist(), strict=True
        ):
            if number < 0:
                pause = symbol if symbol in PAUSES else pause
                continue
            if initial and len(ids) > 1:
                ids.append(SYMBOL_IDS[pause])
                optional.append(True)
                spoken.append(-1)
                pause = LEAD_PAUSE
            ids.append(SYMBOL_IDS[symbol])
            optional.append(False)
            spoken.append(max(spoken) + 1)
        ids.append(SYMBOL_IDS[pause if pause in SENTENCE_ENDS else "."])
        return Tokens(np.array(ids), np.array([*optional, True]), np.array([*spoken, -1]))

    def _example(self, led: Audio) -> Any:
        """What the aligner reads of a clip: its mel alone."""
        from avatron.training.acoustic_data import examples
        from avatron.training.features import ClipFeatures
        from avatron.training.labels import ClipLabels

        mel = log_mel(led, self._mel)
        features = ClipFeatures("", led.samples, mel, np.zeros(mel.shape[1], np.float32))
        whole, numbers = np.zeros(0, np.int64), np.zeros(0, np.float32)
        return examples([features], [ClipLabels(whole, whole, whole, numbers, numbers)])[0]
