"""The voice `lj` from texts and recordings alone: every stage learns the durations of our own aligner.

The same stages and steps as `recipes/lj.py`, to compare the two alignments side by side (`docs/voice.md`).
"""

import dataclasses

from avatron.training.run import find_recipe

GIVEN = find_recipe("lj")
ALIGNER = next(stage for stage in GIVEN.stages if stage.name == "aligner")
RECIPE = dataclasses.replace(
    GIVEN,
    stages=(ALIGNER, *(stage for stage in GIVEN.stages if stage is not ALIGNER)),
    durations_from=ALIGNER.name,
)
