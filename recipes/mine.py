"""A voice of your own recordings: copy this file and say whose voice it is. `docs/training.md` is the guide.

The stages are those of `pm`: low-rank changes of `lj`, in half an hour on one core. The run of `lj` has to lie beside
this one, and the voice `base_voice` has to be the one that this run has made.
"""

import dataclasses

from avatron.training.recipes import find_recipe

GIVEN = find_recipe("pm")
RECIPE = dataclasses.replace(
    GIVEN,
    name="mine",
    description="My voice, American English; made from lj with recordings of my own",
    licence="mine alone: not to be passed on",
    provenance=(
        {
            "name": "recordings of my own",
            "source": "recorded at home",
            "licence": "mine alone: not to be passed on",
            "use": "what is different from lj; clips sorted()[::20] were held out of every stage",
        },
        *GIVEN.provenance[1:],
    ),
    base_voice="lj",
)
