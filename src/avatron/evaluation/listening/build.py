"""A listening test as a folder: `page/` to be shown to listeners, and `key.json`, which says what they judged."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from avatron.errors import InvalidValueError, OutputExistsError, UnknownNameError
from avatron.evaluation.films.page import assemble_page, origin_of
from avatron.evaluation.films.systems import FilmSet, probe_film
from avatron.evaluation.listening.anchors import write_with_early_sound
from avatron.evaluation.listening.checks import NUMBER_WORDS, dichotic_noise, spoken, write_check_film, write_stereo
from avatron.evaluation.listening.design import balanced_plans
from avatron.evaluation.listening.key import EARLY_SOUND, KEY_FILE, ListeningKey, Stimulus, read_key, write_key
from avatron.evaluation.listening.questions import question_named
from avatron.io.atomic import PendingFolder, output_errors
from avatron.io.audio import write_wav
from avatron.voice.protocol import Voice

__all__ = ["BuiltTest", "ListeningOptions", "build_test"]

_SOUND_CHECKS, _HEADPHONE_TRIALS, _INTERVALS = 3, 3, 3
_RATING_S, _CHECK_S = 7.0, 90.0
"""About how long an answer takes, and what comes before the first film."""


@dataclass(frozen=True)
class ListeningOptions:
    """What is asked, of how many, and where answers go."""

    kind: str = "mos"
    """Key of `QUESTIONS`."""
    title: str | None = None
    """Heading of the page; None takes the question's."""
    contact: str | None = None
    """Who asks, as listeners read it."""
    reference: str | None = None
    """System that is the reference: shown beside each film of an SMOS test, hidden among the films of both kinds."""
    anchors: bool = True
    """Whether the reference with early sound is among the films, as the low anchor."""
    most: int = 40
    """Films that a listener judges at most, besides checks."""
    plans: int = 120
    """Orders that are laid down; as many listeners as this get different ones."""
    checks: int = 2
    """Films that ask for an answer, to find who does not listen."""
    headphones: bool = True
    """Whether listeners with headphones do a test of them; its result is recorded, and turns nobody away."""
    post: str | None = None
    """Address that finished answers are sent to, besides being offered as a file."""
    seed: int = 0

    def __post_init__(self) -> None:
        question_named(self.kind)
        if self.post is not None:
            origin_of(self.post)


@dataclass(frozen=True)
class BuiltTest:
    """What was made."""

    folder: Path
    test: str
    films: int
    """That listeners judge."""
    plan_length: int
    """Films and checks that one listener sees."""
    minutes: float
    """About how long it takes them."""
    bytes: int
    """Of the page and its media."""
    bytes_a_listener: int

    def as_json(self) -> dict[str, Any]:
        """All fields by name."""
        return {**vars(self), "folder": str(self.folder)}


def build_test(
    films: FilmSet,
    output: Path,
    voice: Voice,
    options: ListeningOptions = ListeningOptions(),
    *,
    overwrite: bool = False,
    on_progress: Callable[[float], None] = lambda share: None,
) -> BuiltTest:
    """Write a test of `films` into the folder `output`; `voice` speaks its checks.

    Media have names that say nothing; which system a film is by, and which answers checks ask for, is in the key alone.

    Raises:
        UnknownNameError: the reference is none of the systems.
        InvalidValueError: a kind that needs a reference has none, or a number is outside its range.
        OutputExistsError: `output` is there and `overwrite` is not set, or it is no listening test.
        UnreadableFileError: a film that cannot be read.
        MissingComponentError: the installed FFmpeg cannot write films of the films' type.
        OutputError: it cannot be written.
    """
    question = question_named(options.kind)
    if options.reference is not None and options.reference not in films.systems:
        raise UnknownNameError("system", options.reference, films.systems, "The reference is one of them")
    if question.compares and options.reference is None:
        raise InvalidValueError(f"a {options.kind} test compares with a reference; say which system with `--reference`")
    with_anchor = options.anchors and options.reference is not None
    if with_anchor and EARLY_SOUND in films.systems:
        raise InvalidValueError(f"a system is called `{EARLY_SOUND}`, as the low anchor is; give it another name")
    systems = (*films.systems, EARLY_SOUND) if with_anchor else films.systems
    plans = balanced_plans(
        len(films.sentences),
        len(systems),
        most=options.most,
        plans=options.plans,
        checks=options.checks,
        seed=options.seed,
    )
    _refuse_other_folder(output, overwrite=overwrite)
    with PendingFolder(output, overwrite=overwrite) as pending:
        with output_errors(output):
            (pending.partial / "page" / "media").mkdir(parents=True)
        writer = _Writer(films, voice, options, pending.partial / "page" / "media", on_progress)
        stimuli = writer.films(systems)
        checks = writer.checks(options.checks)
        order = [*stimuli, *checks]
        first_check = len(stimuli)
        rows = [
            [first_check + i.system if i.is_check else i.sentence * len(systems) + i.system for i in plan]
            for plan in plans
        ]
        config: dict[str, Any] = {
            "test": "",
            "kind": options.kind,
            "title": options.title or question.title,
            "contact": options.contact,
            "ask": question.ask,
            "guide": question.guide,
            "scale": question.scale,
            "films": [writer.shown[stimulus.id] for stimulus in order],
            "plans": rows,
            "practice": writer.practice(stimuli, systems),
            "sounds": writer.sound_checks(),
            "noises": writer.headphone_trials() if options.headphones else [],
            "post": options.post,
        }
        config["test"] = hashlib.sha256(json.dumps([config, *map(vars, order)]).encode()).hexdigest()[:12]
        seconds = [sum(writer.seconds(order[row]) for row in plan) for plan in rows]
        minutes = (float(np.mean(seconds)) + _RATING_S * len(rows[0]) + _CHECK_S) / 60
        config["minutes"] = max(round(minutes), 1)
        key = ListeningKey(
            str(config["test"]), options.kind, str(config["title"]), systems, films.sentences, options.reference,
            tuple(order), tuple(map(tuple, rows)), tuple(writer.pitch_at), options.seed,
        )  # fmt: skip
        write_key(key, pending.partial)
        page = assemble_page("avatron.evaluation.listening", str(config["title"]), config, connect=options.post)
        with output_errors(output):
            (pending.partial / "page" / "index.html").write_text(page, encoding="utf-8")
        sizes = {path.name: path.stat().st_size for path in (pending.partial / "page").rglob("*") if path.is_file()}
    one = float(np.mean([sum(writer.bytes(order[row], sizes) for row in plan) for plan in rows]))
    return BuiltTest(
        output, key.test, len(stimuli), len(rows[0]), round(minutes, 1), sum(sizes.values()), round(one)
    )  # fmt: skip


class _Writer:
    """Media of one test under names that say nothing."""

    def __init__(
        self,
        films: FilmSet,
        voice: Voice,
        options: ListeningOptions,
        folder: Path,
        on_progress: Callable[[float], None],
    ) -> None:
        self._films, self._voice, self._options, self._folder = films, voice, options, folder
        self._progress, self._done = on_progress, 0
        self.shown: dict[str, dict[str, Any]] = {}
        self.pitch_at: list[int] = []

    def films(self, systems: tuple[str, ...]) -> list[Stimulus]:
        """Every sentence by every system, sentence by sentence."""
        made = []
        count = len(self._films.sentences) * len(systems)
        for sentence in self._films.sentences:
            beside = self._reference_of(sentence)
            for system in systems:
                name = self._name("film", system, sentence)
                source = self._films.films[self._options.reference or "" if system == EARLY_SOUND else system, sentence]
                target = self._folder / f"{name}.{source.type}"
                if system == EARLY_SOUND:
                    write_with_early_sound(source.path, target)
                else:
                    _copy(source.path, target)
                self._show(name, target, beside)
                made.append(Stimulus(name, system, sentence, None))
                self._progress(0.8 * len(made) / count)
        return made

    def checks(self, count: int) -> list[Stimulus]:
        """So many films that ask for an answer, the answers in a random order."""
        generator = random.Random(f"checks {self._options.seed}")
        answers = [rating for _ in range(count // 5 + 1) for rating in generator.sample(range(1, 6), 5)][:count]
        places = generator.sample(range(len(self._films.films)), min(count, len(self._films.films)))
        sources = list(self._films.films)
        made = []
        for number, rating in enumerate(answers):
            system, sentence = sources[places[number % len(places)]]
            source = self._films.films[system, sentence]
            name = self._name("check", str(number))
            target = write_check_film(source.path, self._folder / f"{name}.{source.type}", rating, self._voice)
            self._show(name, target, self._reference_of(sentence))
            made.append(Stimulus(name, None, None, rating))
            self._progress(0.8 + 0.15 * (number + 1) / count)
        return made

    def practice(self, stimuli: list[Stimulus], systems: tuple[str, ...]) -> list[int]:
        """What listeners see first, and what does not count: the low anchor and the reference, or a first film."""
        if self._options.reference is None:
            return [0]
        wanted = ([EARLY_SOUND] if EARLY_SOUND in systems else []) + [self._options.reference]
        return [systems.index(system) for system in wanted if stimuli]

    def sound_checks(self) -> list[dict[str, str]]:
        """Spoken digits that listeners type."""
        generator = random.Random(f"digits {self._options.seed}")
        made = []
        for number in range(_SOUND_CHECKS):
            digits = generator.sample(range(1, 10), 3)
            name = self._name("digits", str(number))
            said = ". ".join(NUMBER_WORDS[digit - 1].capitalize() for digit in digits)
            write_wav(self._folder / f"{name}.wav", spoken(self._voice, f"{said}."))
            made.append({"src": f"media/{name}.wav", "digits": "".join(map(str, digits))})
        return made

    def headphone_trials(self) -> list[list[str]]:
        """Three noises each, of which one has a pitch for headphones."""
        generator = np.random.default_rng(self._options.seed)
        trials = []
        for trial in range(_HEADPHONE_TRIALS):
            at = int(generator.integers(_INTERVALS))
            self.pitch_at.append(at)
            names = [self._name("noise", f"{trial} {interval}") for interval in range(_INTERVALS)]
            for interval, name in enumerate(names):
                write_stereo(self._folder / f"{name}.wav", *dichotic_noise(interval == at, generator))
            trials.append([f"media/{name}.wav" for name in names])
        self._progress(1.0)
        return trials

    def seconds(self, stimulus: Stimulus) -> float:
        """How long listeners watch for one answer."""
        shown = self.shown[stimulus.id]
        return float(shown["seconds"]) + float(shown.get("reference_seconds", 0.0))

    def bytes(self, stimulus: Stimulus, sizes: dict[str, int]) -> int:
        """What a browser loads for one answer, of files by name."""
        shown = self.shown[stimulus.id]
        return sum(sizes[Path(shown[part]).name] for part in ("src", "reference") if part in shown)

    def _reference_of(self, sentence: str) -> dict[str, Any]:
        """The film beside the one that is judged, where the question compares."""
        if not question_named(self._options.kind).compares or self._options.reference is None:
            return {}
        source = self._films.films[self._options.reference, sentence]
        name = self._name("reference beside", sentence)
        target = self._folder / f"{name}.{source.type}"
        if not target.exists():
            _copy(source.path, target)
        return {"reference": f"media/{target.name}", "reference_seconds": round(source.duration_s, 3)}

    def _show(self, name: str, target: Path, beside: dict[str, Any]) -> None:
        film = probe_film(target)
        self.shown[name] = {
            "id": name,
            "src": f"media/{target.name}",
            "seconds": round(film.duration_s, 3),
            "size": [film.width, film.height],
            **beside,
        }

    def _name(self, *parts: str) -> str:
        """Twelve hexadecimal digits, the same for the same seed and sentences."""
        text = "\0".join([str(self._options.seed), *self._films.sentences, *parts])
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:12]


def _copy(source: Path, target: Path) -> None:
    with output_errors(target):
        shutil.copyfile(source, target)


def _refuse_other_folder(output: Path, *, overwrite: bool) -> None:
    """Only a listening test is ever replaced."""
    if overwrite and output.is_dir() and any(output.iterdir()) and not (output / KEY_FILE).is_file():
        raise OutputExistsError(f"`{output}` is not replaced: it is no listening test; choose another folder")
    if overwrite and (output / KEY_FILE).is_file():
        read_key(output)
