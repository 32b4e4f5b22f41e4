"""The encoder `mel`: recorded speech to the text embedding of the built-in voices.

The recordings come from `python tools/build_recordings.py`; the training itself is `python tools/train_encoder.py`. The
first round has not heard GRID: what it makes of it is what it would make of a stranger.
"""

from avatron.training.listening.recipe import EncoderRecipe, EncoderRound
from avatron.training.listening.stage import EncoderStageConfig
from avatron.training.loop import LoopConfig
from avatron.training.stage import Schedule

RECIPE = EncoderRecipe(
    name="mel",
    licence="Apache-2.0",
    provenance=(
        {
            "name": "LJSpeech, subset of 444 clips",
            "source": "https://keithito.com/LJ-Speech-Dataset/",
            "licence": "public domain",
            "use": "trained on, with its alignment (Montreal Forced Aligner); 24 clips held out",
        },
        {
            "name": "dc_tts's second reader, clips that fit their texts",
            "source": "https://github.com/Kyubyong/dc_tts",
            "licence": "Apache-2.0",
            "use": "trained on, aligned by the listener; every 20th clip held out",
        },
        {
            "name": "GRID, speaker 1",
            "source": "Cooke, Barker, Cunningham and Shao 2006",
            "licence": "CC BY 4.0",
            "use": "trained on in the last round, aligned by the listener within its words; 67 clips held out, by the "
            "rule of `split_by_name`",
        },
    ),
    rounds=(
        EncoderRound(
            "strangers",
            ("lj", "pm"),
            EncoderStageConfig(Schedule(2e-3, final_share=0.3, warm_up_steps=100), shares=(0.65, 0.35)),
            LoopConfig(steps=350, report_every=25, evaluate_every=175, checkpoint_every_s=120.0, seed=1),
        ),
        EncoderRound(
            "everybody",
            ("lj", "pm", "grid"),
            EncoderStageConfig(Schedule(2e-3, final_share=0.02, warm_up_steps=30), shares=(0.5, 0.25, 0.25)),
            LoopConfig(steps=1000, report_every=50, evaluate_every=250, checkpoint_every_s=120.0, seed=2),
        ),
    ),
)
