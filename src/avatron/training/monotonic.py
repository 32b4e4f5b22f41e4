"""Paths through an utterance that visit its tokens in order: their total probability, and the best of them.

A path gives each frame one token. It begins with the first token, ends with the last, moves on by one token at a time,
and may leave out a token that is optional (a pause between two words). This is the forward-sum of Badlani et al.
(One TTS Alignment To Rule Them All, 2021) with tokens that can be skipped.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["NEVER", "best_path", "forward_sum"]

NEVER = -1e9
"""Log probability of what cannot be."""


def forward_sum(log_probability: Tensor, optional: Tensor, frames: Tensor, tokens: Tensor) -> Tensor:
    """[B] log of the summed probability of all paths.

    `log_probability` [B, F, P] of each token at each frame, `optional` [B, P] where a token may be left out, `frames`
    and `tokens` [B] the true lengths.
    """
    return ForwardSum.apply(log_probability, optional, frames, tokens)


class ForwardSum(torch.autograd.Function):
    """The forward-backward algorithm: the gradient of the sum is the posterior of each token at each frame."""

    @staticmethod
    def forward(
        context: torch.autograd.function.FunctionCtx,
        log_probability: Tensor,
        optional: Tensor,
        frames: Tensor,
        tokens: Tensor,
    ) -> Tensor:
        """See `forward_sum`."""
        emission = _padded(log_probability.detach().double().numpy(), optional.numpy(), frames.numpy(), tokens.numpy())
        skips = np.where(optional.numpy(), 0.0, NEVER)
        alpha = _forward(emission, skips)
        last = tokens.numpy() - 1
        total = alpha[np.arange(len(last)), -1, last]
        posterior = np.exp(alpha + _backward(emission, skips, last) - total[:, None, None])[:, :-1]
        # What padding frames say is not part of the sum, although every path goes through them.
        posterior[np.arange(posterior.shape[1]) >= frames.numpy()[:, None]] = 0
        context.save_for_backward(torch.from_numpy(posterior).to(log_probability))
        return torch.from_numpy(total).to(log_probability)

    @staticmethod
    def backward(context: torch.autograd.function.FunctionCtx, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        """Posterior times the gradient of the sum."""
        (posterior,) = context.saved_tensors  # type: ignore[attr-defined]
        return posterior * gradients[0][:, None, None], None, None, None


def best_path(log_probability: NDArray[np.float64], optional: NDArray[np.bool_]) -> NDArray[np.int64]:
    """[P] frames of each token on the most probable path of one utterance; 0 for a token that is left out.

    `log_probability` [F, P]; at least as many frames as tokens that are not optional.
    """
    frames, tokens = log_probability.shape
    emission = _padded(log_probability[None], optional[None], np.array([frames]), np.array([tokens]))[0]
    skips = np.where(optional, 0.0, NEVER)
    score = np.full(tokens, NEVER)
    score[0] = emission[0, 0]
    came_from = np.zeros(emission.shape, np.int64)
    for frame in range(1, len(emission)):
        choices = np.stack([score, *_shifted(score[None], skips[None])[:, 0]])
        came_from[frame] = choices.argmax(axis=0)
        score = choices.max(axis=0) + emission[frame]
    durations = np.zeros(tokens, np.int64)
    token = tokens - 1
    for frame in range(len(emission) - 1, 0, -1):
        token -= came_from[frame, token]
        durations[token] += 1
    return durations


def _padded(
    log_probability: NDArray[np.float64],
    optional: NDArray[np.bool_],
    frames: NDArray[np.int64],
    tokens: NDArray[np.int64],
) -> NDArray[np.float64]:
    """[B, F + 1, P] where padding frames cost nothing in the last token, so that every path can end there.

    In its last frame a path must have come to the last token, or to the one before it where that is optional.
    """
    batch, _, widest = log_probability.shape
    emission = np.concatenate([log_probability, np.zeros((batch, 1, widest))], axis=1)
    for row in range(batch):
        last = tokens[row] - 1
        emission[row, :, tokens[row] :] = NEVER
        emission[row, frames[row] - 1, : last - int(optional[row, last])] = NEVER
        emission[row, frames[row] :, :last] = NEVER
        emission[row, frames[row] :, last] = 0
    return emission


def _shifted(score: NDArray[np.float64], skips: NDArray[np.float64]) -> NDArray[np.float64]:
    """[2, B, P] score of coming from one token before, and from two before where the one between is optional."""
    one = np.full_like(score, NEVER)
    one[:, 1:] = score[:, :-1]
    two = np.full_like(score, NEVER)
    two[:, 2:] = score[:, :-2] + skips[:, 1:-1]
    return np.stack([one, two])


def _forward(emission: NDArray[np.float64], skips: NDArray[np.float64]) -> NDArray[np.float64]:
    alpha = np.full(emission.shape, NEVER)
    alpha[:, 0, 0] = emission[:, 0, 0]
    for frame in range(1, emission.shape[1]):
        before = alpha[:, frame - 1]
        one, two = _shifted(before, skips)
        alpha[:, frame] = np.logaddexp(np.logaddexp(before, one), two) + emission[:, frame]
    return alpha


def _backward(
    emission: NDArray[np.float64], skips: NDArray[np.float64], last: NDArray[np.int64]
) -> NDArray[np.float64]:
    beta = np.full(emission.shape, NEVER)
    beta[np.arange(len(last)), -1, last] = 0
    for frame in range(emission.shape[1] - 2, -1, -1):
        ahead = beta[:, frame + 1] + emission[:, frame + 1]
        one = np.full_like(ahead, NEVER)
        one[:, :-1] = ahead[:, 1:]
        two = np.full_like(ahead, NEVER)
        two[:, :-2] = ahead[:, 2:] + skips[:, 1:-1]
        beta[:, frame] = np.logaddexp(np.logaddexp(ahead, one), two)
    return beta
