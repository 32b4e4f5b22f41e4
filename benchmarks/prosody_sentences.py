"""The sentences that `prosody.py` has said; nobody recorded them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = """
    ASIDES CARRIERS CHOICES COMMAS EXCLAIMED LISTS QUESTION_WORD TAGS YES_NO StressCase stress_cases
    """.split()  # noqa: SIM905

YES_NO = (
    "Could you tell me where the nearest library is?",
    "Is that your brother over there?",
    "Did you ever see the ocean?",
    "Are we going home now?",
    "Would you like another cup of coffee?",
    "Have they finished painting the kitchen?",
    "Can she really play the violin?",
    "Was the train late again this morning?",
    "Do you believe him?",
    "Will there be enough money?",
)
QUESTION_WORD = (
    "Where did you put the keys?",
    "What time does the film begin?",
    "Who told you about the party?",
    "Why is the sky so dark today?",
    "How many apples are in the basket?",
    "When will the letter arrive?",
    "Which of these roads leads to the river?",
    "Whose coat is hanging in the hall?",
    "What are you going to do tomorrow?",
    "How long have you been waiting?",
)
TAGS = (
    "It is cold today, isn't it?",
    "You have met her, haven't you?",
    "They can swim, can't they?",
    "She isn't coming, is she?",
    "You like music, right?",
)
CHOICES = (
    "Would you like tea or coffee?",
    "Is it true or false?",
    "Shall we walk or take the bus?",
    "Is he a teacher or a doctor?",
    "Do you want the red one or the blue one?",
)
EXCLAIMED = (
    "You won the prize",
    "That was a wonderful concert",
    "We are going home tomorrow",
    "There is a snake in the garden",
    "The train is leaving",
    "I have never seen such a mess",
    "Look out",
    "You must not touch the stove",
    "Wow",
    "The house is on fire",
)
"""Without the mark at their end."""
LISTS = (
    "We bought apples, pears, plums, and a loaf of bread.",
    "She packed a hat, a scarf, and two books.",
    "The flag has red, white, blue, and green stripes.",
    "He speaks English, French, German, and Italian.",
    "They came on Monday, Wednesday, and Friday.",
    "I need a hammer, some nails, a ladder, and a saw.",
    "The zoo has lions, tigers, bears, and monkeys.",
    "We saw the castle, the market, and the old bridge.",
    "You can have tea, coffee, milk, or water.",
    "Anna, Peter, Maria, and John were late.",
)
COMMAS = (
    "When the rain stopped, we went outside.",
    "After the long meeting, everybody was tired.",
    "If you see her, tell her to call me.",
    "He opened the door, and the cat ran out.",
    "In the evening, the children played quietly.",
)
ASIDES = (
    "My brother (the one in London) sent a letter.",
    "The meeting (as you may know) was moved to Friday.",
    "The old bridge (built by the Romans) still stands.",
    "She told her mother (who was asleep) about the plan.",
    "The price (including tax) is forty dollars.",
    "His car (a small red one) was parked outside.",
    "The doctor (an old friend of ours) came at once.",
    "Their house (the last one on the left) is for sale.",
    "The winner (a girl from Norway) smiled at the crowd.",
    "Our dog (he is twelve now) sleeps all day.",
)
"""Each is compared with itself with commas in place of the brackets: the phonemes are the same."""
CARRIERS = (
    ("garden", "We sat in the garden of the house.", "When we sat in the garden, it rained.", "We sat in the garden."),
    ("window", "He broke the window of the shop.", "When he broke the window, he ran.", "He broke the window."),
    (
        "river",
        "They crossed the river by boat.",
        "After they crossed the river, they slept.",
        "They crossed the river.",
    ),
    ("table", "She put the table near the door.", "If you move the table, sweep the floor.", "She moved the table."),
    ("money", "He gave the money to his son.", "If you find the money, call me.", "He found the money."),
)
"""(word, within a phrase, before a comma, at the end)."""


@dataclass(frozen=True)
class StressCase:
    """A word in a sentence that says how it is stressed."""

    kind: str
    """`heteronym`, whose stress depends on the sentence, or `other`."""
    word: str
    syllable: int
    """Number of the stressed one, from 0."""
    sentence: str


def stress_cases() -> tuple[StressCase, ...]:
    """Fifty of each kind, from `prosody_stress.tsv`."""
    lines = (Path(__file__).parent / "prosody_stress.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return tuple(StressCase(kind, word, int(syllable) - 1, sentence) for kind, word, syllable, sentence in rows)
