"""The vocoder's signal processing: a flat pulse train and white noise, each filtered step by step.

Each source goes through a short-time Fourier transform, is multiplied by the filter of its step, and is overlapped
and added. The state between chunks is the phase of the pulses, half a window of each source, and half a window of
unfinished output; so chunks of any size give the samples of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.signal.stft import periodic_hann

__all__ = ["FrameFilters", "SourceFilter"]


@dataclass(frozen=True, eq=False)
class FrameFilters:
    """The filters of some frames, S for each; K = step + 1 bins."""

    harmonic_log_gain: NDArray[np.float32]
    """[F * S, K]."""
    harmonic_phase: NDArray[np.float32]
    """[F * S, K] rad."""
    noise_log_gain: NDArray[np.float32]
    """[F * S, K]."""

    def __len__(self) -> int:
        return len(self.harmonic_log_gain)

    def part(self, start: int, stop: int) -> FrameFilters:
        """The filters `start` .. `stop`."""
        own = slice(start, stop)
        return FrameFilters(self.harmonic_log_gain[own], self.harmonic_phase[own], self.noise_log_gain[own])


class SourceFilter:
    """Turns filters and pitch into samples, in order, chunk by chunk. One object is one utterance."""

    def __init__(self, *, sample_rate: int, hop_length: int, step: int, seed: int) -> None:
        """Pitch is given every `hop_length` samples, filters every `step`; windows are two steps long."""
        self.sample_rate, self.hop_length, self.step = sample_rate, hop_length, step
        self.window = np.sqrt(periodic_hann(2 * step))
        self._noise = np.random.default_rng(seed)
        self._cycles = 0.0
        self._pulse_history = np.zeros(step, np.float32)
        self._noise_history = np.zeros(step, np.float32)
        self._unfinished = np.zeros(step, np.float32)
        self._started = False

    def push(self, filters: FrameFilters, pitch_hz: NDArray[np.float64]) -> NDArray[np.float32]:
        """The samples that are finished now: one step less than all so far.

        `pitch_hz` [F + 1] has the pitch of these frames and of the one after them (the last one again at the end).
        """
        step, count = self.step, len(filters)
        pulses = np.concatenate([self._pulse_history, self._pulses(pitch_hz)])
        noise = np.concatenate([self._noise_history, self._noise.standard_normal(count * step, dtype=np.float32)])
        self._pulse_history, self._noise_history = pulses[-step:], noise[-step:]
        # Twenty times as fast as the exponential of a complex array.
        gain = np.exp(filters.harmonic_log_gain)
        response = np.empty(gain.shape, np.complex64)
        response.real, response.imag = gain * np.cos(filters.harmonic_phase), gain * np.sin(filters.harmonic_phase)
        spectrum = self._spectra(pulses) * response
        spectrum += self._spectra(noise) * np.exp(filters.noise_log_gain)
        shaped = np.fft.irfft(spectrum, 2 * step, axis=1).astype(np.float32) * self.window
        output = np.zeros((count + 1, step), np.float32)
        output[0] = self._unfinished
        output[:-1] += shaped[:, :step]
        output[1:] += shaped[:, step:]
        self._unfinished = output[-1].copy()
        # The very first step lies before sample 0: the first filter is centred on sample 0.
        finished = output[:-1] if self._started else output[1:-1]
        self._started = True
        return finished.reshape(-1)

    def finish(self) -> NDArray[np.float32]:
        """The last step."""
        return self._unfinished.copy()

    def _spectra(self, source: NDArray[np.float32]) -> NDArray[np.complexfloating]:
        pieces = np.lib.stride_tricks.sliding_window_view(source, 2 * self.step)[:: self.step]
        return np.fft.rfft(pieces * self.window, axis=1)

    def _pulses(self, pitch_hz: NDArray[np.float64]) -> NDArray[np.float32]:
        """Band-limited pulse train of unit power (Dirichlet kernel without its constant), pitch drawn linearly."""
        weight = np.arange(self.hop_length) / self.hop_length
        per_sample = (pitch_hz[:-1, None] * (1 - weight) + pitch_hz[1:, None] * weight).ravel()
        # One running sum over all chunks, never wrapped, so that it is rounded alike however the utterance is cut.
        cycles = np.cumsum(np.concatenate([[self._cycles], per_sample / self.sample_rate]))[1:]
        self._cycles = float(cycles[-1])
        harmonics = np.floor(self.sample_rate / 2 / per_sample)
        angle = np.pi * (cycles - np.floor(cycles))
        sine = np.sin(angle)
        kernel = np.where(sine < 1e-6, 2 * harmonics + 1, np.sin((2 * harmonics + 1) * angle) / np.maximum(sine, 1e-6))
        return np.asarray((kernel - 1) / np.sqrt(2 * harmonics), dtype=np.float32)
