"""The voice `lj`: one woman's reading voice from 48 minutes of LJSpeech.

The networks learn in this order: the vocoder from recorded mels; the acoustic model from the alignments; prosody on
its own; pitch from drawn mels; and last, which is worth most, the vocoder again on drawn mels, led by discriminators
that are trained already. `docs/training.md` says why each stage is there and what it measured.
"""

from avatron.training.acoustic_stage import AcousticStageConfig
from avatron.training.aligner_stage import AlignerStageConfig
from avatron.training.loop import LoopConfig
from avatron.training.pitch_stage import PitchStageConfig
from avatron.training.prosody_stage import ProsodyStageConfig
from avatron.training.recipe import StageRecipe, VoiceRecipe
from avatron.training.stage import Schedule
from avatron.training.vocoder_stage import VocoderStageConfig

RECIPE = VoiceRecipe(
    name="lj",
    description="A woman reading, American English; trained on LJSpeech",
    languages=("en-us",),
    licence="Apache-2.0",
    provenance=(
        {
            "name": "LJSpeech, subset of 444 clips (48 minutes)",
            "source": "https://keithito.com/LJ-Speech-Dataset/",
            "licence": "public domain",
            "use": "all weights; clips sorted()[::20] were held out of every stage",
        },
    ),
    stages=(
        StageRecipe(
            "vocoder",
            VocoderStageConfig(Schedule(2e-3, final_share=0.05, warm_up_steps=200)),
            LoopConfig(steps=6000, report_every=100, evaluate_every=1500),
        ),
        StageRecipe(
            "vocoder-adversarial",
            VocoderStageConfig(
                Schedule(2e-4, final_share=0.1, warm_up_steps=50, shape="linear"),
                adversarial_weight=0.1,
                feature_weight=0.2,
            ),
            LoopConfig(steps=900, evaluate_every=450),
            starts_from="vocoder",
        ),
        StageRecipe(
            "acoustic",
            AcousticStageConfig(Schedule(1e-3, final_share=0.1, warm_up_steps=200)),
            LoopConfig(steps=1800, evaluate_every=300),
        ),
        StageRecipe(
            "acoustic-adversarial",
            AcousticStageConfig(
                Schedule(2e-4, final_share=0.15, warm_up_steps=20, shape="linear"),
                prosody_noise=0.1,
                adversarial_weight=0.15,
                feature_weight=0.5,
            ),
            LoopConfig(steps=870, evaluate_every=290),
            starts_from="acoustic",
        ),
        StageRecipe(
            "prosody",
            ProsodyStageConfig(Schedule(1e-3, final_share=0.05, warm_up_steps=100)),
            LoopConfig(steps=1200, report_every=100, evaluate_every=100),
            keep_best=True,
        ),
        StageRecipe(
            "pitch",
            PitchStageConfig(Schedule(1e-3, final_share=0.02, warm_up_steps=100)),
            LoopConfig(steps=1500, report_every=100, evaluate_every=500),
            mels_from="acoustic-adversarial",
        ),
        StageRecipe(
            "vocoder-tuned",
            VocoderStageConfig(
                Schedule(2e-4, final_share=0.1, warm_up_steps=50, shape="linear"),
                spectral_weight=0.2,
                mel_weight=0.5,
                adversarial_weight=0.5,
                feature_weight=1.0,
                recorded_share=0.25,
            ),
            LoopConfig(steps=600, evaluate_every=300),
            starts_from="vocoder-adversarial",
            discriminator_from="vocoder-adversarial",
            mels_from="acoustic-adversarial",
        ),
        StageRecipe(
            "vocoder-final",
            VocoderStageConfig(
                Schedule(1.5e-4, final_share=0.1, warm_up_steps=50, shape="linear"),
                spectral_weight=0.2,
                mel_weight=0.5,
                adversarial_weight=0.5,
                feature_weight=1.0,
                recorded_share=0.25,
            ),
            LoopConfig(steps=1400, evaluate_every=300),
            starts_from="vocoder-tuned",
            discriminator_from="vocoder-tuned",
            mels_from="acoustic-adversarial",
        ),
        # Nothing above needs it: the corpus brings an alignment. It is here to be compared with that one.
        StageRecipe(
            "aligner",
            AlignerStageConfig(Schedule(3e-3, final_share=0.05, warm_up_steps=20, shape="linear")),
            LoopConfig(steps=500, evaluate_every=50),
        ),
    ),
    acoustic_from="acoustic-adversarial",
    prosody_from="prosody",
    pitch_from="pitch",
    vocoder_from="vocoder-final",
)
