"""Content credentials (C2PA 2.x) inside of mp4, mov, png, gif and wav: who made a file, signed, in the file itself."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Literal

from avatron.errors import OutputError
from avatron.io.atomic import output_error
from avatron.io.provenance.keys import SigningKey
from avatron.io.provenance.origin import Provenance

__all__ = ["CREDENTIAL_TYPES", "Credentials", "provenance_table", "read_credentials", "sign_file"]

CREDENTIAL_TYPES: dict[str, str] = {
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "png": "image/png",
    "gif": "image/gif",
    "wav": "audio/wav",
}
"""Output types that carry credentials, and their media types."""

_GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic"
"""IPTC's source types: wholly generated, and generated beside what was recorded."""
_ASSERTION = "org.avatron.provenance"
_SETTINGS: dict[str, Any] = {
    # Checked by whoever reads; once more after writing would double the time.
    "verify": {"verify_after_sign": False, "verify_trust": False, "remote_manifest_fetch": False},
    "builder": {"thumbnail": {"enabled": False}},
}
_TRUST_PURPOSES = "1.3.6.1.5.5.7.3.4\n1.3.6.1.5.5.7.3.36\n"
"""Purposes of a signer's certificate that count: e-mail protection and document signing."""

State = Literal["intact", "altered"]


@dataclass(frozen=True)
class Credentials:
    """What the credentials in a file say."""

    state: State
    known: bool
    """Whether the signer is a known one."""
    signer: str
    """Organisation and name in the certificate, which anybody may choose."""
    claims: Mapping[str, Any]
    """Our own assertion; empty in credentials of another program."""
    generator: str
    """The program that made the file, as it says itself."""
    problems: tuple[str, ...] = ()
    """C2PA's codes of what does not fit."""


def provenance_table(provenance: Provenance, now: datetime) -> dict[str, Any]:
    """What every kind of record says: program, time, and whose likeness."""
    return {
        "generator": f"avatron {_version()}",
        "created": now.astimezone(UTC).isoformat(timespec="seconds"),
        "source_type": (_COMPOSITE if provenance.recorded else _GENERATED).rpartition("/")[2],
        **provenance.as_json(),
    }


def sign_file(path: Path, type_name: str, provenance: Provenance, key: SigningKey, now: datetime) -> None:
    """Put credentials into the file at `path`, of a type in `CREDENTIAL_TYPES`.

    A second file of that length is written beside it for a moment.

    Raises:
        OutputError: it cannot be written.
    """
    signed = path.with_name(path.name + ".signed")
    try:
        builder, signer = _builder(provenance_table(provenance, now)), _signer(key)
        try:
            with path.open("rb") as source, signed.open("w+b") as target:
                watched = _Watched(target)
                try:
                    builder.sign(signer, CREDENTIAL_TYPES[type_name], source, watched)
                except Exception as error:
                    # The library says of a full disk only that something failed.
                    raise watched.error or OutputError(f"cannot sign `{path}`: {error}") from error
        finally:
            builder.close()
        os.chmod(signed, path.stat().st_mode & 0o777)
        os.replace(signed, path)
    except OSError as error:
        raise output_error(path, error) from error
    finally:
        signed.unlink(missing_ok=True)


def read_credentials(path: Path, type_name: str, known_pem: str) -> Credentials | None:
    """The credentials in a file, None where it has none; `known_pem` are the certificates of known signers."""
    import c2pa

    settings = _SETTINGS
    if known_pem.strip():
        trust = {"user_anchors": known_pem, "trust_config": _TRUST_PURPOSES}
        settings = {**_SETTINGS, "verify": {**_SETTINGS["verify"], "verify_trust": True}, "trust": trust}
    context = c2pa.Context.from_dict(settings)
    try:
        with path.open("rb") as stream:
            reader = c2pa.Reader(CREDENTIAL_TYPES[type_name], stream, context=context)
            report = json.loads(reader.json())
            state = reader.get_validation_state()
            reader.close()
    except c2pa.C2paError.ManifestNotFound:
        return None
    except c2pa.C2paError as error:
        # Bytes that look like credentials and cannot be read as such.
        return Credentials("altered", False, "", {}, "", (str(error).splitlines()[0],))
    finally:
        context.close()
    manifest = report["manifests"][report["active_manifest"]]
    results = (report.get("validation_results") or {}).get("activeManifest") or {}
    problems = tuple(one["code"] for one in results.get("failure", ()) if one["code"] != "signingCredential.untrusted")
    info = manifest.get("signature_info") or {}
    named = [one.get("name", "") + " " + one.get("version", "") for one in manifest.get("claim_generator_info", ())]
    claims: Mapping[str, Any] = next(
        (one["data"] for one in manifest.get("assertions", ()) if one["label"] == _ASSERTION), {}
    )
    return Credentials(
        state="altered" if state == "Invalid" or problems else "intact",
        known=state == "Trusted",
        signer=" / ".join(str(info[name]) for name in ("issuer", "common_name") if info.get(name)),
        claims=claims,
        generator=named[0].strip() if named else "",
        problems=problems,
    )


@lru_cache(maxsize=1)
def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("avatron")
    except PackageNotFoundError:
        return "(run from its source)"


def _builder(table: Mapping[str, Any]) -> Any:
    import c2pa

    agent = {"name": "avatron", "version": _version()}
    created = {
        "action": "c2pa.created",
        "digitalSourceType": _COMPOSITE if table["source_type"] == "compositeSynthetic" else _GENERATED,
        "softwareAgent": agent,
        "when": table["created"],
    }
    manifest = {
        "claim_generator_info": [agent],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [created]}},
            {"label": _ASSERTION, "data": dict(table)},
        ],
    }
    return c2pa.Builder(manifest, context=_signing_context())


@lru_cache(maxsize=1)
def _signing_context() -> Any:
    import c2pa

    return c2pa.Context.from_dict(_SETTINGS)


@lru_cache(maxsize=2)
def _signer(key: SigningKey) -> Any:
    import c2pa

    info = c2pa.C2paSignerInfo(key.algorithm.encode(), key.certificates_pem.encode(), key.private_pem.encode(), None)
    return c2pa.Signer.from_info(info)


class _Watched:
    """A stream that remembers what the operating system said when it could not be written."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._stream.write(data)
        except OSError as error:
            self.error = error
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
