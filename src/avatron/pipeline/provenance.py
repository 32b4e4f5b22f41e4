"""What the outputs of a request say of where they come from."""

from __future__ import annotations

import os
from dataclasses import replace

from avatron.io.provenance.origin import Provenance, preset_provenance
from avatron.io.provenance.seal import Sealer
from avatron.pipeline.options import SpeakOptions

__all__ = ["sealer_of"]


def sealer_of(options: SpeakOptions, *, recorded_sound: bool = False, provenance: Provenance | None = None) -> Sealer:
    """The seal of a request's outputs; `provenance` is that of a replica, None that of the avatar which is drawn.

    Recorded sound, and pictures of the user's behind the head, make the outputs composites.
    """
    recorded = recorded_sound or os.path.isfile(options.background)
    if provenance is None:
        return Sealer(preset_provenance(options.avatar, recorded=recorded), options.provenance)
    return Sealer(replace(provenance, recorded=provenance.recorded or recorded), options.provenance)
