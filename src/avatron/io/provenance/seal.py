"""What is done to an output that is whole and has no name yet: credentials, a signed sidecar, or a comment.

    type                      avatar of nobody       replica
    mp4 mov gif wav           credentials            credentials
    png (folder of pictures)  credentials in each    credentials in each, and a signed manifest
    webm mkv                  comment                comment, signed sidecar
    npz                       provenance field       provenance field, signed sidecar
    csv glb usda usdc usdz                           signed sidecar
    srt vtt json textgrid     nothing: they hold words and times, and nobody's likeness
    stdout                    comment in films       comment in films; a sidecar where one is asked for, of both

A researcher's wish for none of it (`Disabled`) is itself written: into the comment, or where there is none into a
sidecar.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from avatron.io.atomic import PendingFile, output_errors
from avatron.io.provenance.comments import COMMENT_TYPES, add_comment
from avatron.io.provenance.credentials import CREDENTIAL_TYPES, provenance_table, sign_file
from avatron.io.provenance.keys import SigningKey, installation_key
from avatron.io.provenance.origin import Disabled, Provenance
from avatron.io.provenance.sidecar import (
    MANIFEST_NAME,
    HashedStream,
    content_of_file,
    content_of_folder,
    sidecar_of,
    write_sidecar,
)

__all__ = ["Seal", "Sealer"]

Seal = Callable[[Path | None], PendingFile | None]
"""Seals the whole output at a temporary path (None for a stream); what it writes beside it must appear with it."""

_WORDS = frozenset({"srt", "vtt", "json", "textgrid"})
_FILMS_WITH_COMMENT = frozenset({"mp4", "mov", "mkv", "webm"})


@dataclass(frozen=True)
class Sealer:
    """What all outputs of one performance say of where they come from."""

    provenance: Provenance
    disabled: Disabled | None = None
    """A researcher's wish for outputs without credentials."""

    @property
    def comment(self) -> str:
        """For the comment field of films, and of what is sealed here."""
        return (self.disabled or self.provenance).sentence()

    @property
    def _needs_sidecars(self) -> bool:
        return self.provenance.kind == "replica" or self.disabled is not None

    def prepare(self) -> None:
        """Find or make the key now, so that a run whose outputs could not be signed is refused before any work.

        Raises:
            UnreadableFileError: a key file that cannot be used.
            OutputError: no key is there yet, and none can be written.
        """
        if self.disabled is None:
            self._key()

    def seal_for(
        self,
        type_name: str,
        target: Path | None,
        *,
        stream: HashedStream | None = None,
        sidecar: Path | None = None,
        overwrite: bool = False,
    ) -> Seal | None:
        """The seal of an output of `type_name` that will be called `target`; None where it needs none.

        A stream needs one where its `sidecar` is asked for.
        """
        if target is None:
            if stream is None or sidecar is None:
                return None
            return lambda _: self._sidecar(PendingFile(sidecar, overwrite=overwrite), stream.content())
        if type_name in _WORDS:
            return None

        def seal(partial: Path | None) -> PendingFile | None:
            assert partial is not None, "an output with a name has a temporary one"
            return self._seal_file(partial, type_name, target)

        return seal

    def _seal_file(self, partial: Path, type_name: str, target: Path) -> PendingFile | None:
        if type_name == "png":
            self._seal_folder(partial)
            return None
        if type_name in COMMENT_TYPES and (self.disabled is not None or type_name not in CREDENTIAL_TYPES):
            with output_errors(target):
                add_comment(partial, type_name, self.comment)
        if type_name in CREDENTIAL_TYPES:
            if self.disabled is None:
                sign_file(partial, type_name, self.provenance, self._key(), datetime.now(UTC))
            return None
        if not self._needs_sidecars or (self.disabled is not None and type_name in _FILMS_WITH_COMMENT | COMMENT_TYPES):
            return None
        return self._sidecar(PendingFile(sidecar_of(target), overwrite=True), content_of_file(partial, target.name))

    def _seal_folder(self, folder: Path) -> None:
        """The pictures and the sound of a sequence, each by itself, and for a replica all of them together."""
        now = datetime.now(UTC)
        for path in sorted(folder.iterdir()):
            if self.disabled is not None:
                with output_errors(path):
                    add_comment(path, path.suffix[1:], self.comment)
            else:
                sign_file(path, path.suffix[1:], self.provenance, self._key(), now)
        if self.provenance.kind == "replica" and self.disabled is None:
            content = content_of_folder(folder)
            with PendingFile(folder / MANIFEST_NAME) as pending:
                write_sidecar(pending, self._claims(), content, self._key())

    def _sidecar(self, pending: PendingFile, content: dict[str, Any]) -> PendingFile:
        try:
            write_sidecar(pending, self._claims(), content, self._key())
        except BaseException:
            pending.discard()
            raise
        return pending

    def _claims(self) -> dict[str, Any]:
        table = provenance_table(self.provenance, datetime.now(UTC))
        return table if self.disabled is None else {**table, "credentials_disabled": self.disabled.reason}

    def _key(self) -> SigningKey:
        return installation_key()
