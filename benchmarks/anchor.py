"""The fixed piece of work beside every benchmark; it lives in the package, where `avatron bench` needs it too."""

from avatron.evaluation.anchor import anchor, best_median_ms

__all__ = ["anchor", "best_median_ms"]
