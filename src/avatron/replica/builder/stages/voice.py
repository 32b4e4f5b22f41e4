"""Whom the replica speaks with: the voice that was asked for, or the one that comes closest to the person's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from avatron.errors import InvalidValueError
from avatron.io.atomic import write_file
from avatron.io.audio import read_audio
from avatron.replica.builder.stage import Stage, StageRun
from avatron.replica.builder.stages.sound import read_heard
from avatron.voice.match.closest import VoiceMatch, installed_candidates, rank_voices
from avatron.voice.match.profile import profile_of
from avatron.voice.match.speakers import installed_encoder
from avatron.voice.voices import COLLECTION

__all__ = ["VOICE", "built_voice"]

_FILE, _PROFILE = "voice/voice.json", "voice/profile.json"
_DEFAULT = "lj"
_LONGEST_S = 60.0
"""Of the person that are listened to."""


def built_voice(place: Path) -> str:
    """Name or folder of the voice that the stage has chosen."""
    return str(json.loads((place / _FILE).read_text("utf-8"))["voice"])


def _run(run: StageRun) -> None:
    asked = run.source.config.voice
    if asked is not None:
        # A voice that is not there is refused now and not when the replica first speaks.
        COLLECTION.find(asked)
    (run.place / "voice").mkdir()
    matches = _matches(run)
    chosen = asked or (matches[0].name if matches else _DEFAULT)
    if asked is None and matches:
        run.on_note(f"it speaks with `{chosen}`, the installed voice that comes closest to the person's")
    told: dict[str, Any] = {"voice": chosen, "asked": asked is not None, "candidates": [_told(one) for one in matches]}
    write_file(run.place / _FILE, json.dumps(told, indent=1) + "\n")


def _matches(run: StageRun) -> list[VoiceMatch]:
    """The installed voices, the closest first, and the person's profile written; none where nobody is heard."""
    if read_heard(run.results["sound"]) is None:
        return []
    source, encoder = run.source, installed_encoder()
    learned_s = source.learned_frames / float(source.info.fps)
    audio = read_audio(source.video, only_first_s=min(learned_s, _LONGEST_S))
    try:
        profile = profile_of(audio, source.video.name, encoder)
    except InvalidValueError as error:
        run.on_note(f"no voice is compared: {error}")
        return []
    write_file(run.place / _PROFILE, profile.to_json())
    return rank_voices(profile, installed_candidates(encoder=encoder))


def _told(match: VoiceMatch) -> dict[str, Any]:
    return {
        "voice": match.name,
        "similarity": round(match.similarity.similarity, 4),
        "method": match.similarity.method,
        "pitch_distance_semitones": round(match.pitch_distance_semitones, 2),
    }


VOICE = Stage(
    "voice",
    _run,
    needs=("sound",),
    settings=lambda config: {"voice": config.voice, "held_out_share": config.held_out_share},
    cost_ms=2.0,
)
