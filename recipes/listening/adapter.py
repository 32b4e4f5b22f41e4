"""An adapter for a speech model of your own, such as HuBERT or XLS-R as an ONNX file; see docs/animate-sound.md."""

from avatron.training.listening.adapter import AdapterRecipe

RECIPE = AdapterRecipe(
    name="adapted",
    licence="Apache-2.0",
    provenance=(
        {
            "name": "LJSpeech, dc_tts's second reader and GRID, speaker 1",
            "source": "python tools/build_recordings.py",
            "licence": "public domain AND Apache-2.0 AND CC-BY-4.0",
            "use": "the adapter's weights; the same clips are held out as of the encoder `mel`",
        },
    ),
)
