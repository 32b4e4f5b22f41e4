"""The part of SSML 1.1 (W3C 2010) that a script may use, alone or among plain text.

<speak> <p> <s>                              structure
<break time="500ms"/> <break strength="weak"/>
<emphasis level="strong">                    strong, moderate, reduced, none
<prosody rate="slow" pitch="+2st" volume="loud">
<phoneme alphabet="ipa" ph="ˈeɪvə">          also x-arpabet
<sub alias="space people">NASA</sub>

Beside it, what other services have for emotions; the three say the same:
<avatron:emotion name="happy" intensity="0.6">          intensity 0 .. 1
<amazon:emotion name="excited" intensity="medium">      Alexa: low, medium, high
<mstts:express-as style="cheerful" styledegree="0.6">   Azure; a degree above 1 is as 1
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from html.entities import html5

from avatron.core.emotion import Emotion
from avatron.errors import MarkError
from avatron.text.marked import Alias, Break, Marked, MarkedText, SpeakingStyle, Styled
from avatron.text.markup import parse_markup
from avatron.text.notes import Note, NoteListener, ignore_note
from avatron.text.pronunciation import parse_arpabet, parse_ipa
from avatron.text.styles import (
    BREAKS_S,
    EMPHASES,
    parse_break_time,
    parse_decibels,
    parse_emotion,
    parse_rate,
    parse_semitones,
)

__all__ = ["holds_ssml", "note_unknown_tag", "parse_ssml"]

_ATTRIBUTES = {
    "speak": (), "p": (), "s": (), "break": ("time", "strength"), "emphasis": ("level",),
    "prosody": ("rate", "pitch", "volume"), "phoneme": ("alphabet", "ph"), "sub": ("alias",),
    "avatron:emotion": ("name", "intensity"), "amazon:emotion": ("name", "intensity"),
    "mstts:express-as": ("style", "styledegree"),
}  # fmt: skip
"""The tags that are known, with their attributes."""
_EMOTIONS = {
    "avatron:emotion": ("name", "intensity", "1"), "amazon:emotion": ("name", "intensity", "medium"),
    "mstts:express-as": ("style", "styledegree", "1"),
}  # fmt: skip
"""The tags of emotions: which attribute names it, which says how strong it is, and what that is if it is left out."""
_REFUSED = ("audio", "desc", "lang", "lexicon", "lookup", "mark", "meta", "metadata", "say-as", "token", "voice", "w")
"""Tags of SSML that are not supported: they are refused, not read aloud."""
_TAG = re.compile(rf"<(/?)({'|'.join((*_ATTRIBUTES, *_REFUSED))})((?:\s[^<>]*?)?)(/?)>")
_ROOT = re.compile(r"<speak[\s>]")
_SPACE = re.compile(r"\s*")
_LIKE_A_TAG = re.compile(r"<(?=[A-Za-z/!])[^<>]*>?")
_ASIDE = re.compile(r"<!--|<\?|<!\[CDATA\[")
_ASIDE_ENDS = {"<!--": "-->", "<?": "?>", "<![CDATA[": "]]>"}
_SIGN_OF_A_MARK = re.compile(r"([\[\]\\*])")
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_UNKNOWN_TAG = re.compile(
    rf"</[A-Za-z][\w:.-]*\s*>|<[A-Za-z][\w:.-]*(?:\s[^<>]*)?/>|</?(?:{'|'.join(_ATTRIBUTES)})(?:\s[^<>]*>?|>)",
    re.IGNORECASE,
)
"""What was meant as a tag, most likely, in a text that is no document: closed, or named like one of ours."""
_ATTRIBUTE = re.compile(r"\s*([\w:.-]+)\s*=\s*(?:\"([^\"<]*)\"|'([^'<]*)')")


@dataclass
class _Open:
    tag: str
    attributes: dict[str, str]
    start: int


def holds_ssml(text: str) -> bool:
    """Whether a tag of SSML stands in the text."""
    return "<" in text and _TAG.search(text) is not None


def parse_ssml(text: str, on_note: NoteListener = ignore_note) -> MarkedText:
    """The text without its tags, and what they said. Between tags, the marks of plain text hold as well.

    Raises:
        MarkError: a tag that is not closed, closed twice, unknown inside of `<speak>` or not supported; an attribute
            that is unknown, given twice or has a value that it cannot have; an entity that is unknown.
        PronunciationError: a pronunciation that is not in the inventory.
    """
    body = _document(text)
    document = body is not None
    if body is not None:
        text = _without_asides(body)
        _check_tags(text)
    shown: list[str] = []
    pending: list[_Open] = []
    marked: list[Marked] = []
    aliases: list[Alias] = []
    styles: list[Styled] = []
    breaks: list[Break] = []
    length = place = 0

    def add(run: str) -> int:
        """Append the text between two tags; gives the length of all."""
        if not document:
            note_unknown_tag(run, on_note)
        plain = parse_markup(_unescaped(run) if document else run, on_note).shifted(length)
        shown.append(plain.text)
        marked.extend(plain.marked)
        aliases.extend(plain.aliases)
        styles.extend(plain.styles)
        breaks.extend(plain.breaks)
        return length + len(plain.text)

    for match in _TAG.finditer(text):
        closing, tag, written, alone = match[1], match[2], match[3], match[4]
        length = add(text[place : match.start()])
        place = match.end()
        if tag in _REFUSED:
            raise MarkError(f"the tag `<{tag}>` is not supported; supported: {', '.join(_ATTRIBUTES)}")
        if closing:
            if not pending or pending[-1].tag != tag:
                expected = f"`</{pending[-1].tag}>`" if pending else "none"
                raise MarkError(f"`</{tag}>` closes what is not open here; expected {expected}")
            opened = pending.pop()
            _close(opened, length, (marked, aliases, styles))
            if tag in ("p", "s"):
                # A paragraph for the splitter of sentences.
                shown.append("\n\n")
                length += 2
            continue
        attributes = _attributes(tag, written)
        if tag == "break":
            breaks.append(Break(length, _break_s(attributes)))
            if not alone:
                pending.append(_Open(tag, {}, length))
        elif not alone:
            pending.append(_Open(tag, attributes, length))
    if pending:
        raise MarkError(f"`<{pending[-1].tag}>` is never closed; write `</{pending[-1].tag}>` where it ends")
    add(text[place:])
    styles.sort(key=lambda styled: (styled.start, -styled.end))
    _check_nesting(styles)
    return MarkedText("".join(shown), tuple(marked), tuple(aliases), tuple(styles), tuple(breaks))


def _check_nesting(styles: list[Styled]) -> None:
    """Refuse styles, sorted by their start, that add up to more than is possible."""
    around: list[tuple[int, SpeakingStyle]] = []
    for styled in styles:
        while around and around[-1][0] <= styled.start:
            around.pop()
        outer = around[-1][1] if around else SpeakingStyle()
        around.append((styled.end, outer.around(styled.style)))


def note_unknown_tag(text: str, on_note: NoteListener) -> None:
    """Tell of the first thing in a text that was meant as a tag, most likely, but is read aloud."""
    found = _UNKNOWN_TAG.search(text) if "<" in text else None
    if found is not None:
        on_note(
            Note(
                "mark", f"`{found[0][:40]}` is no tag that is known and is read aloud; known: {', '.join(_ATTRIBUTES)}"
            )
        )


def _document(text: str) -> str | None:
    """The text from `<speak>` on, where nothing but XML's own preamble is before it; None where it is no document.

    Raises:
        MarkError: a DOCTYPE that defines something. What one refers to is never fetched.
    """
    place = 0
    while True:
        matched = _SPACE.match(text, place)
        place = matched.end() if matched else place
        if _ROOT.match(text, place):
            return text[place:]
        opening = next((sign for sign in ("<!--", "<?", "<!DOCTYPE") if text.startswith(sign, place)), None)
        closing = text.find(_ASIDE_ENDS.get(opening, ">"), place) if opening else -1
        if opening is None or closing < 0:
            return None
        if opening == "<!DOCTYPE" and "[" in text[place:closing]:
            raise MarkError("the DOCTYPE defines entities of its own, which are not read; leave it out")
        place = closing + len(_ASIDE_ENDS.get(opening, ">"))


def _without_asides(text: str) -> str:
    """A document without comments and processing instructions, and with CDATA as plain text."""
    pieces: list[str] = []
    place = 0
    while match := _ASIDE.search(text, place):
        pieces.append(text[place : match.start()])
        end = text.find(_ASIDE_ENDS[match[0]], match.end())
        if end < 0:
            raise MarkError(f"`{match[0]}` is never closed; write `{_ASIDE_ENDS[match[0]]}` where it ends")
        if match[0] == "<![CDATA[":
            pieces.append(html.escape(_SIGN_OF_A_MARK.sub(r"\\\1", text[match.end() : end])))
        place = end + len(_ASIDE_ENDS[match[0]])
    return "".join([*pieces, text[place:]])


def _check_tags(text: str) -> None:
    """Refuse what looks like a tag in a document, but is none of ours."""
    for match in _LIKE_A_TAG.finditer(text):
        if _TAG.match(match[0]):
            continue
        if not match[0].endswith(">"):
            raise MarkError(f"the tag `{match[0].strip()[:40]}` has no `>` at its end; write `&lt;` for a `<`")
        name = re.split(r"[\s>]", match[0][1:], maxsplit=1)[0]
        raise MarkError(f"the tag `<{name[:40]}>` is not known; known: {', '.join(_ATTRIBUTES)}")


def _unescaped(text: str) -> str:
    """The text with its entities read."""
    for match in _ENTITY.finditer(text):
        if f"{match[1]};" not in html5:
            raise MarkError(f"the entity `&{match[1][:40]};` is not known; write `&amp;` for an `&`")
    return html.unescape(text)


def _attributes(tag: str, written: str) -> dict[str, str]:
    found: dict[str, str] = {}
    place = 0
    stripped = written.rstrip()
    while place < len(stripped):
        match = _ATTRIBUTE.match(stripped, place)
        if match is None:
            raise MarkError(f'`<{tag}{stripped[:60]}>` has no attributes of the form name="value"')
        name = match[1]
        if tag != "speak" and name not in _ATTRIBUTES[tag]:
            known = ", ".join(_ATTRIBUTES[tag]) or "none"
            raise MarkError(f"`<{tag}>` has no attribute `{name}` here; known: {known}")
        if name in found:
            raise MarkError(f"`<{tag}{stripped[:60]}>` gives `{name}` twice; keep one")
        found[name] = _unescaped(match[2] if match[2] is not None else match[3])
        place = match.end()
    return found


def _break_s(attributes: dict[str, str]) -> float:
    if "time" in attributes:
        return parse_break_time(attributes["time"])
    strength = attributes.get("strength", "medium")
    if strength not in BREAKS_S:
        raise MarkError(f"break strength `{strength}` is unknown; known: {', '.join(BREAKS_S)}")
    return BREAKS_S[strength]


def _close(opened: _Open, end: int, found: tuple[list[Marked], list[Alias], list[Styled]]) -> None:
    """What a tag says about the text up to its end, into the list where it belongs."""
    marked, aliases, styles = found
    given = opened.attributes
    if opened.start == end:
        return
    if opened.tag == "emphasis":
        level = given.get("level", "moderate")
        if level not in EMPHASES:
            raise MarkError(f"emphasis level `{level}` is unknown; known: {', '.join(EMPHASES)}")
        styles.append(Styled(opened.start, end, SpeakingStyle(emphasis=EMPHASES[level])))
    elif opened.tag == "prosody":
        style = SpeakingStyle(
            parse_rate(given.get("rate", "1")),
            parse_semitones(given.get("pitch", "0")),
            parse_decibels(given.get("volume", "0")),
        )
        styles.append(Styled(opened.start, end, style))
    elif opened.tag in _EMOTIONS:
        styles.append(Styled(opened.start, end, SpeakingStyle(emotion=_emotion(opened))))
    elif opened.tag == "phoneme":
        if "ph" not in given:
            raise MarkError('`<phoneme>` needs `ph="..."`')
        alphabet = given.get("alphabet", "ipa")
        if alphabet not in ("ipa", "x-arpabet"):
            raise MarkError(f"phoneme alphabet `{alphabet}` is unknown; known: ipa, x-arpabet")
        symbols = parse_ipa(given["ph"]) if alphabet == "ipa" else parse_arpabet(given["ph"])
        marked.append(Marked(opened.start, end, symbols))
    elif opened.tag == "sub":
        if not given.get("alias", "").strip():
            raise MarkError('`<sub>` needs `alias="..."`')
        aliases.append(Alias(opened.start, end, given["alias"].strip()))


def _emotion(opened: _Open) -> Emotion:
    """What one of the tags of emotions asks for."""
    naming, strength, otherwise = _EMOTIONS[opened.tag]
    if not opened.attributes.get(naming, "").strip():
        raise MarkError(f'`<{opened.tag}>` needs `{naming}="..."`')
    written = opened.attributes.get(strength, otherwise)
    if strength == "styledegree" and re.fullmatch(r"\s*(?:1\.\d+|2(?:\.0+)?)\s*", written):
        written = "1"
    return parse_emotion(opened.attributes[naming], written)
