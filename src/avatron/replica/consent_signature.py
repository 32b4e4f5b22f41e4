"""Signatures of consent records: Ed25519 over their canonical JSON."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from avatron.errors import ForeignConsentError, UnreadableFileError
from avatron.io.provenance.canonical import canonical_json
from avatron.replica.consent import Consent, ConsentSignature

__all__ = ["check_signature", "read_signer", "sign_consent"]


def read_signer(path: Path) -> Any:
    """The Ed25519 private key in a PEM file.

    Raises:
        UnreadableFileError: missing, locked with a password, or a key of another type.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    how = f"; make one with `openssl genpkey -algorithm ed25519 -out {path}`"
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise UnreadableFileError(f"cannot read the key `{path}`: {error.strerror}{how}") from error
    except (ValueError, TypeError) as error:
        raise UnreadableFileError(f"`{path}` holds no private key that opens without a password{how}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UnreadableFileError(f"the key `{path}` is not Ed25519{how}")
    return key


def sign_consent(consent: Consent, signer: Any) -> Consent:
    """The record with a signature of `signer`, an Ed25519 private key."""
    public = signer.public_key().public_bytes_raw().hex()
    return replace(consent, signature=ConsentSignature(public, signer.sign(canonical_json(consent.claims())).hex()))


def check_signature(consent: Consent) -> None:
    """Refuse a record that is not what its signature was made for; one without a signature passes.

    Raises:
        ForeignConsentError: it was changed, or the signature is of another key than it says.
    """
    if consent.signature is None:
        return
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(consent.signature.public_key))
        public.verify(bytes.fromhex(consent.signature.value), canonical_json(consent.claims()))
    except (InvalidSignature, ValueError):
        raise ForeignConsentError(
            f"the consent of {consent.subject} is not what its signature was made for: it was changed after it was "
            "signed, or the signature is not its own; ask for a new record"
        ) from None
