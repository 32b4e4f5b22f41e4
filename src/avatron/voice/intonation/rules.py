"""All rules of intonation, in the order in which they are applied."""

from __future__ import annotations

from avatron.core.speech import PhonemeSequence
from avatron.voice.intonation.asides import said_aside
from avatron.voice.intonation.clauses import clauses_of
from avatron.voice.intonation.continuations import continued
from avatron.voice.intonation.exclamations import exclaimed
from avatron.voice.intonation.prosody import Prosody
from avatron.voice.intonation.questions import asked
from avatron.voice.intonation.stress import stressed

__all__ = ["intoned"]


def intoned(phonemes: PhonemeSequence, prosody: Prosody) -> Prosody:
    """How an English utterance is said; what is in another language stays as the voice reads it."""
    if not phonemes.language.startswith("en") or not phonemes.words:
        return prosody
    prosody = said_aside(phonemes, stressed(phonemes, prosody))
    for clause in clauses_of(phonemes):
        prosody = continued(phonemes, clause, prosody)
        prosody = exclaimed(phonemes, clause, prosody)
        prosody = asked(phonemes, clause, prosody)
    return prosody
