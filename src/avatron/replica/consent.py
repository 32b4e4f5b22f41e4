"""The consent record of a replica: who allows what with whose face and voice, until when, and how that is known.

`consent.json` is what a person writes (`avatron consent new`). The builder adds `bound`: the sha256 of the video that
the replica was built from, and how far the speaker of a recorded statement is the one in that video. A signature
covers everything but itself and `bound`.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from avatron.errors import MissingConsentError, NewerFormatError
from avatron.io.atomic import write_file
from avatron.io.provenance.origin import ConsentState, ConsentSummary

__all__ = ["CONSENT_FILE", "SCOPES", "Consent", "ConsentBinding", "ConsentSignature", "ConsentStatement"]

CONSENT_FILE = "consent.json"
"""Its name in a replica's folder."""
SCOPES: dict[str, str] = {
    "evaluation": "measuring avatron: results as numbers and to those who judge them",
    "personal": "what the subject, or whom they allow it, makes for themselves",
    "commercial": "anything that is sold or advertises",
}
"""What consent can be given for."""

_VERSION = 1
_LARGEST = 2**20
_SHA256 = re.compile(r"[0-9a-f]{64}")
_KEYS = {
    *("format_version", "subject", "granted_by", "date", "scope", "expires", "video_sha256"),
    *("statement", "signature", "bound"),
}
_NEXT = "; make a record with `avatron consent new`"


@dataclass(frozen=True)
class ConsentStatement:
    """A recording in which the subject says that they agree."""

    path: str
    """Relative to the folder of the record, or absolute."""
    sha256: str
    """Of the recording, hexadecimal."""


@dataclass(frozen=True)
class ConsentSignature:
    """An Ed25519 signature over the record."""

    public_key: str
    """32 bytes, hexadecimal."""
    value: str
    """64 bytes, hexadecimal."""


@dataclass(frozen=True)
class ConsentBinding:
    """What the builder found, and binds the record to."""

    video_sha256: str
    """Of the video that the replica was built from, hexadecimal."""
    speaker_similarity: float | None = None
    """Of the statement's speaker and the video's, in the unit of `speaker_method`; None without a statement."""
    speaker_method: str | None = None
    """How the speakers were compared."""


@dataclass(frozen=True)
class Consent:
    """One record.

    Raises:
        MissingConsentError: a field that is empty, or holds what it cannot mean.
    """

    subject: str
    """Whose face and voice it is."""
    granted_by: str
    """Who gives the consent: the subject, or who may speak for them."""
    date: datetime.date
    """When it was given."""
    scope: tuple[str, ...]
    """Keys of `SCOPES`, sorted."""
    expires: datetime.date | None = None
    """Last day on which the replica may be built and used."""
    video_sha256: str | None = None
    """The one video that it is for, where the record names it; hexadecimal."""
    statement: ConsentStatement | None = None
    signature: ConsentSignature | None = None
    bound: ConsentBinding | None = None
    """None until a replica is built."""

    def __post_init__(self) -> None:
        for name in ("subject", "granted_by"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > 200:
                raise MissingConsentError(f"consent has {name} `{value!r}`, expected a name on one line{_NEXT}")
        unknown = sorted(set(self.scope) - set(SCOPES))
        if unknown or not self.scope:
            said = f"the unknown use `{unknown[0]}`" if unknown else "no use"
            raise MissingConsentError(f"consent has {said} in its scope, expected of {', '.join(SCOPES)}{_NEXT}")
        object.__setattr__(self, "scope", tuple(sorted(set(self.scope))))
        if self.expires is not None and self.expires < self.date:
            raise MissingConsentError(f"consent expires on {self.expires}, before it is given on {self.date}{_NEXT}")
        if self.video_sha256 is not None and not _SHA256.fullmatch(self.video_sha256):
            raise MissingConsentError(f"consent has video_sha256 `{self.video_sha256}`, expected 64 hexadecimal digits")

    @property
    def self_declared(self) -> bool:
        """Whether neither a recording nor a signature stands behind the record."""
        return self.statement is None and self.signature is None

    @property
    def summary(self) -> ConsentSummary:
        """What every output of the replica says of it."""
        state: ConsentState = "signed" if self.signature else "stated" if self.statement else "self-declared"
        until = None if self.expires is None else self.expires.isoformat()
        return ConsentSummary(self.subject, self.scope, state, until)

    def claims(self) -> dict[str, Any]:
        """What a signature covers: the record without `signature` and `bound`, as JSON."""
        given: dict[str, Any] = {
            "format_version": _VERSION,
            "subject": self.subject,
            "granted_by": self.granted_by,
            "date": self.date.isoformat(),
            "scope": list(self.scope),
        }
        if self.expires is not None:
            given["expires"] = self.expires.isoformat()
        if self.video_sha256 is not None:
            given["video_sha256"] = self.video_sha256
        if self.statement is not None:
            given["statement"] = {"path": self.statement.path, "sha256": self.statement.sha256}
        return given

    def as_json(self) -> dict[str, Any]:
        """The whole record, as it stands in the file."""
        whole = self.claims()
        if self.signature is not None:
            whole["signature"] = {
                "algorithm": "ed25519",
                "public_key": self.signature.public_key,
                "value": self.signature.value,
            }
        if self.bound is not None:
            whole["bound"] = {
                name: value
                for name in ("video_sha256", "speaker_similarity", "speaker_method")
                if (value := getattr(self.bound, name)) is not None
            }
        return whole

    def bound_to(self, binding: ConsentBinding) -> Consent:
        """The record as a replica keeps it."""
        return replace(self, bound=binding)

    def write(self, path: Path | str, *, overwrite: bool = False) -> Path:
        """Write the record.

        Raises:
            OutputExistsError: it is there and `overwrite` is not set.
            OutputError: it cannot be written.
        """
        text = json.dumps(self.as_json(), indent=2, ensure_ascii=False) + "\n"
        return write_file(path, text, overwrite=overwrite)

    @classmethod
    def read(cls, path: Path | str) -> Consent:
        """The record at `path`; neither its signature nor its day is checked here.

        Raises:
            MissingConsentError: no such file, or one that is no consent record.
            NewerFormatError: a newer avatron wrote it.
        """
        path = Path(path)
        try:
            if path.stat().st_size > _LARGEST:
                raise MissingConsentError(f"`{path}` is larger than 1 MiB, so it is no consent record{_NEXT}")
            table = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise MissingConsentError(f"cannot read the consent record `{path}`: {error.strerror}{_NEXT}") from error
        except ValueError as error:
            raise MissingConsentError(f"`{path}` is no consent record, it is not JSON: {error}{_NEXT}") from error
        return cls.from_json(table, str(path))

    @classmethod
    def from_json(cls, table: Any, called: str = CONSENT_FILE) -> Consent:
        """The record that `as_json` made; `called` is for messages.

        Raises:
            As `read`.
        """
        if not isinstance(table, Mapping):
            raise MissingConsentError(f"`{called}` is no consent record: it holds no JSON object{_NEXT}")
        fields = _Fields(table, called)
        if fields.whole("format_version") > _VERSION:
            raise NewerFormatError(f"`{called}` was written by a newer avatron (format {table['format_version']})")
        if unknown := sorted(set(table) - _KEYS):
            raise MissingConsentError(f"`{called}` has the unknown field `{unknown[0]}`; correct or remove it")
        statement, signature, bound = (fields.inner(name) for name in ("statement", "signature", "bound"))
        return cls(
            subject=fields.text("subject"),
            granted_by=fields.text("granted_by"),
            date=fields.day("date"),
            scope=fields.texts("scope"),
            expires=fields.day("expires") if table.get("expires") is not None else None,
            video_sha256=fields.digits("video_sha256", 64) if table.get("video_sha256") is not None else None,
            statement=None if statement is None else _statement(statement),
            signature=None if signature is None else _signature(signature),
            bound=None if bound is None else _binding(bound),
        )


class _Fields:
    """The fields of a table in a record, each of the right type."""

    def __init__(self, table: Mapping[str, Any], called: str, place: str = "") -> None:
        self._table, self._called, self._place = table, called, place

    def inner(self, name: str) -> _Fields | None:
        value = self._table.get(name)
        if value is not None and not isinstance(value, Mapping):
            raise self.wrong(name, "an object")
        return None if value is None else _Fields(value, self._called, f"{name}.")

    def whole(self, name: str) -> int:
        value = self._table.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.wrong(name, "a whole number from 1")
        return value

    def number(self, name: str) -> float:
        value = self._table.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(name, "a number")
        return float(value)

    def text(self, name: str) -> str:
        value = self._table.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(name, "a text")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._table.get(name)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(name, f"a list of {', '.join(SCOPES)}")
        return tuple(value)

    def digits(self, name: str, count: int) -> str:
        value = self.text(name)
        if not re.fullmatch(rf"[0-9a-f]{{{count}}}", value):
            raise self.wrong(name, f"{count} hexadecimal digits")
        return value

    def day(self, name: str) -> datetime.date:
        value = self.text(name)
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            raise self.wrong(name, "a day such as 2030-12-31") from None

    def has(self, name: str) -> bool:
        return self._table.get(name) is not None

    def wrong(self, name: str, expected: str) -> MissingConsentError:
        name = self._place + name
        if name not in self._table and not self._place:
            return MissingConsentError(f"`{self._called}` lacks the field `{name}`, {expected}{_NEXT}")
        return MissingConsentError(f"`{self._called}` has a wrong `{name}`, expected {expected}{_NEXT}")


def _statement(fields: _Fields) -> ConsentStatement:
    return ConsentStatement(fields.text("path"), fields.digits("sha256", 64))


def _signature(fields: _Fields) -> ConsentSignature:
    if fields.text("algorithm") != "ed25519":
        raise fields.wrong("algorithm", "ed25519")
    return ConsentSignature(fields.digits("public_key", 64), fields.digits("value", 128))


def _binding(fields: _Fields) -> ConsentBinding:
    return ConsentBinding(
        fields.digits("video_sha256", 64),
        fields.number("speaker_similarity") if fields.has("speaker_similarity") else None,
        fields.text("speaker_method") if fields.has("speaker_method") else None,
    )
