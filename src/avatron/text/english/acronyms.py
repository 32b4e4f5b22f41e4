# ruff: noqa: SIM905 - tables of words read better as one string
"""Capitals: what is said letter by letter, what as a word, and what is only shouted."""

from __future__ import annotations

import re
from collections.abc import Callable

from avatron.text.english.codes import pairs
from avatron.text.english.numbers import decimal, digits
from avatron.text.english.reading import Reading, letters

__all__ = ["capital_reader", "read_alphanumeric", "read_dotted"]

_AS_WORDS = frozenset(
    """
        nasa nato unesco unicef opec fema laser radar scuba sonar aids nafta asean interpol covid sars pin sim ram gif
        jpeg json yaml ajax basic cobol gmat lsat sat act swat potus scotus flotus nimby yolo lol osha epcot moma asap
        captcha ikea lego nascar fifa uefa norad darpa wasp zip bios cad lidar taser care oscar tesla ava gan gans
        """.split()
)
"""Said as words whatever stands around them, where the word is in the lexicon."""
_AS_LETTERS = frozenset(
    """
        us uk un eu it id tv pc ai ml ok hr pr vp ceo cfo cto usa fbi cia nsa irs fda epa bbc cnn abc nbc cbs pbs mtv
        dna rna gdp ngo faq diy pdf html css xml sql url http https www ftp ssh cpu gpu usb hdmi lcd led api sdk ide
        ui ux gui ios vr ar xr am pm ad bc phd mba ba ma md dj mc hiv std adhd ptsd rsvp eta aka atm suv rv mph rpm
        gps lgbt nba nfl mlb nhl ufc wwe nyc la dc ny nj ca eta faa fcc sec ftc doj dod dhs cdc who nih tsa icu er or
        iq eq ph vip rip tba tbd ibm hp bmw gm ge kfc cvs ups dhl kgb mit ucla usc nyu lse rpg fps npc mmo dlc dvd cd
        mp ep lp hd uhd tts asr onnx llm as mri ct ekg ecg gmo pms oj bbq blt pb ira roi kpi b2b b2c saas seo crm erp
        ipo etf fyi imo btw omg wtf idk
        """.split()
) - {"who", "or", "as", "saas", "imo", "la", "b2b", "b2c", "ca"}
"""Said by their letters even in a shouted sentence or where the lexicon has a word of that spelling."""
_PARTLY = {
    "jpeg": ("J", "peg"), "mpeg": ("M", "peg"), "cdrom": ("C", "D", "rom"), "naacp": ("N", "double", "A", "C", "P"),
    "aaa": ("triple", "A"), "ieee": ("I", "triple", "E"), "www": ("W", "W", "W"), "iphone": ("I", "phone"),
    "ipad": ("I", "pad"), "ipod": ("I", "pod"), "ebay": ("E", "bay"), "ios": ("I", "O", "S"),
    "macos": ("mac", "O", "S"),
    "mysql": ("my", "S", "Q", "L"), "postgresql": ("postgres", "Q", "L"), "phd": ("P", "H", "D"),
    "youtube": ("you", "tube"),
    "github": ("git", "hub"), "linkedin": ("linked", "in"), "javascript": ("java", "script"), "wifi": ("why", "fi"),
    "onnx": ("O", "N", "N", "X"),
}  # fmt: skip

_DOTTED = re.compile(r"(?:[A-Za-z]\.){2,}(?:[A-Za-z](?![^\W_]))?('?s\b)?")
_CAPITALS = re.compile(r"([A-Z]{2,})('?s)?(?![^\W\d_])(?!')|([A-Z]{2,})'s(?![^\W_])")
_MIXED = re.compile(r"(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]+(?:-\d+)?(?![^\W_])")
_CODE = re.compile(r"([A-Z]{1,5})-(\d{1,4})(?![^\W_])")
_VOWEL = re.compile(r"[AEIOUY]")


def read_dotted(text: str, place: int) -> Reading | None:
    """`U.S.A.`, `U.K.`, `J.R.R.`: the letters; a full stop that also ends the sentence is left there."""
    match = _DOTTED.match(text, place)
    if not match or match[0].lower() in ("e.g.", "i.e.", "a.m.", "p.m."):
        return None
    end = match.end()
    if text[end - 1] == "." and not text[end:].strip(" \"')]"):
        end -= 1
    words = letters(match[0][: match.start(1) - match.start()] if match[1] else match[0])
    return Reading(end, (*words[:-1], f"{words[-1]}'s") if match[1] else words)


def capital_reader(is_word: Callable[[str], bool]) -> Callable[[str, int], Reading | None]:
    """A rule for capitals; `is_word` says whether the lexicon has a word (in lower case)."""

    def read_capitals(text: str, place: int) -> Reading | None:
        match = _CAPITALS.match(text, place)
        if not match:
            return None
        capitals = match[1] or match[3]
        ending = match[2] or ("'s" if match[3] else "")
        lower = capitals.lower()
        if lower in _PARTLY:
            words = _PARTLY[lower]
        elif _is_letters(capitals, text, is_word):
            words = letters(capitals)
        else:
            return Reading(match.end(), (f"{lower}{ending}",))
        return Reading(match.end(), (*words[:-1], f"{words[-1]}'s" if ending else words[-1]))

    return read_capitals


def read_alphanumeric(text: str, place: int) -> Reading | None:
    """Letters with digits: `MP3`, `B2B`, `H2O`, `COVID-19`, `A4`, `F-16`, `3D`, `R2D2`."""
    match = _CODE.match(text, place)
    if match and not (match[1].lower() in _AS_WORDS or len(match[1]) > 3):
        return Reading(match.end(), (*letters(match[1]), *decimal(match[2])))
    match = _MIXED.match(text, place)
    if not match:
        return None
    words: tuple[str, ...] = ()
    for piece in re.findall(r"[A-Za-z]+|\d+", match[0]):
        if piece.isdecimal():
            words = (*words, *_number_words(piece))
        elif piece.lower() in _AS_WORDS or (len(piece) > 3 and not piece.isupper()):
            words = (*words, piece.lower())
        elif len(piece) > 3 and _VOWEL.search(piece):
            words = (*words, *_PARTLY.get(piece.lower(), (piece.lower(),)))
        else:
            words = (*words, *letters(piece))
    return Reading(match.end(), words)


def _number_words(piece: str) -> tuple[str, ...]:
    if len(piece) in (3, 4) and piece[0] != "0":
        return pairs(piece)
    return decimal(piece) if len(piece) < 3 else digits(piece)


def _is_letters(capitals: str, text: str, is_word: Callable[[str], bool]) -> bool:
    lower = capitals.lower()
    if lower in _AS_WORDS:
        return False
    if lower in _AS_LETTERS:
        # `GIVE IT TO US`: in a shouted sentence only what is no common word keeps its letters.
        return not (
            _is_shouted(text) and lower in {"us", "it", "am", "ad", "id", "ma", "ok", "er", "led", "rip", "pin"}
        )
    if _is_shouted(text) and is_word(lower):
        return False
    if not _VOWEL.search(capitals):
        return True
    if len(capitals) <= 3:
        return not (is_word(lower) and len(capitals) == 3 and lower in _SHOUTED_WORDS) and lower not in _SHOUTED_WORDS
    return not is_word(lower) and not re.fullmatch(r"(?:[^AEIOUY]{0,2}[AEIOUY]{1,2})+[^AEIOUY]{0,2}", capitals)


_SHOUTED_WORDS = frozenset(
    """
        a i am an as at be by do go he if in is me my no of oh on or so to up we all and any are bad big but buy can
        did eat end far few for fun get god got had has her hey him his hot how its job let lot low man may men mom
        new nor not now off old one our out own pay put red run sad say see set she sit six son ten the too top try
        two was way wet who why win won yes yet you
        """.split()
)


def _is_shouted(text: str) -> bool:
    """Whether most of the sentence is in capitals."""
    words = re.findall(r"[^\W\d_]{2,}", text)
    capitals = sum(word.isupper() for word in words)
    return len(words) >= 2 and capitals > 0.7 * len(words)
