"""What listeners are asked, and the five answers."""

from __future__ import annotations

from dataclasses import dataclass

from avatron.errors import UnknownNameError

__all__ = ["QUESTIONS", "Question", "question_named"]


@dataclass(frozen=True)
class Question:
    """One kind of test."""

    name: str
    title: str
    ask: str
    """The question above the answers."""
    guide: str
    """What to attend to, and what not."""
    scale: tuple[tuple[int, str, str], ...]
    """(rating, word, what it means), the best first."""
    compares: bool
    """Whether each film is judged beside the reference."""


QUESTIONS: dict[str, Question] = {
    question.name: question
    for question in (
        Question(
            "mos",
            "How natural do these people speak?",
            "How naturally does this person speak?",
            "Judge the whole of it: how the face moves, how the voice sounds, and whether both belong to one living "
            "person. How sharp the picture is and who you see do not matter.",
            (
                (5, "Excellent", "completely natural"),
                (4, "Good", "mostly natural"),
                (3, "Fair", "as natural as not"),
                (2, "Poor", "mostly unnatural"),
                (1, "Bad", "completely unnatural"),
            ),
            compares=False,
        ),
        Question(
            "smos",
            "Do lips and voice belong together?",
            "How well do lips and voice go together, compared with the reference?",
            "Judge one thing only: whether the lips form the sounds that you hear, when you hear them. The reference "
            "shows the same sentence with lips and voice in step. How lively or sharp the picture is does not matter.",
            (
                (5, "Excellent", "in step, like the reference"),
                (4, "Good", "hardly noticeably worse"),
                (3, "Fair", "noticeably worse, not annoying"),
                (2, "Poor", "annoyingly out of step"),
                (1, "Bad", "lips and voice do not match"),
            ),
            compares=True,
        ),
    )
}
"""By name: mean opinion score of naturalness, and of synchrony with a reference. Labels and the number of steps are
those of absolute category rating in ITU-T P.800 and P.910."""


def question_named(name: str) -> Question:
    """The question of that name.

    Raises:
        UnknownNameError: none; the message lists the known ones.
    """
    if name not in QUESTIONS:
        raise UnknownNameError("kind of listening test", name, QUESTIONS)
    return QUESTIONS[name]
