"""Who a file shows and whose consent there is: the value that goes from a request to whatever writes files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from avatron.errors import InvalidValueError

__all__ = ["ConsentSummary", "Disabled", "Provenance", "preset_provenance"]

ConsentState = Literal["signed", "stated", "self-declared"]


@dataclass(frozen=True)
class ConsentSummary:
    """What every output of a replica says of the consent that it was built with."""

    subject: str
    """Whose face and voice it is."""
    scope: tuple[str, ...]
    """Uses that are allowed: of `evaluation`, `personal`, `commercial`."""
    state: ConsentState
    """`signed` with a key, `stated` in a recording that was compared with the video, or neither."""
    expires: str | None = None
    """Last day of validity, YYYY-MM-DD."""

    def as_json(self) -> dict[str, Any]:
        """For a manifest."""
        return {
            "subject": self.subject,
            "scope": list(self.scope),
            "state": self.state,
            **({} if self.expires is None else {"expires": self.expires}),
        }


@dataclass(frozen=True)
class Provenance:
    """Whose likeness an output shows."""

    kind: Literal["avatar", "replica"]
    name: str
    """Of the avatar or replica."""
    id: str = ""
    """Of a replica: hexadecimal digits that stay with it, from 8 of which its watermark is made; else empty."""
    consent: ConsentSummary | None = None
    """Of a replica; an avatar of nobody needs none."""
    recorded: bool = False
    """Whether recorded sound or pictures are in the output beside what was generated."""

    def __post_init__(self) -> None:
        if self.kind == "replica" and (self.consent is None or len(self.id) < 8):
            raise InvalidValueError(
                f"the replica `{self.name}` has no consent or no id of 8 digits; outputs of a replica must say both"
            )

    def as_json(self) -> dict[str, Any]:
        """For a manifest."""
        return {
            "kind": self.kind,
            "name": self.name,
            **({"id": self.id} if self.id else {}),
            **({} if self.consent is None else {"consent": self.consent.as_json()}),
        }

    def sentence(self) -> str:
        """What a person reads in a file's comment field."""
        if self.consent is None:
            return f"AI-generated with avatron: avatar `{self.name}`"
        return (
            f"AI-generated with avatron: replica `{self.name}` ({self.id}) of {self.consent.subject}; "
            f"consent {self.consent.state}, for {', '.join(self.consent.scope)}"
        )


@dataclass(frozen=True)
class Disabled:
    """A researcher's wish for files without credentials and watermark; the files say so, and why.

    Raises:
        InvalidValueError: no reason, or one that is no single line of up to 200 characters.
    """

    reason: str

    def __post_init__(self) -> None:
        reason = self.reason.strip()
        if not 3 <= len(reason) <= 200 or not reason.isprintable():
            raise InvalidValueError(
                "files without provenance need a reason, one line of 3 to 200 characters that is written into them"
            )
        object.__setattr__(self, "reason", reason)

    def sentence(self) -> str:
        """What a person reads in a file's comment field."""
        return f"AI-generated with avatron, without content credentials: {self.reason}"


def preset_provenance(avatar: str, *, recorded: bool = False) -> Provenance:
    """That of an avatar of nobody, by its name or the path of its folder."""
    return Provenance("avatar", avatar.rstrip("/").rpartition("/")[2], recorded=recorded)
