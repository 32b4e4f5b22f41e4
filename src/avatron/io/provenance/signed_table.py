"""JSON tables that carry their own signature, over the canonical JSON of everything else, and its certificates."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from avatron.io.provenance.canonical import canonical_json
from avatron.io.provenance.keys import SigningKey, private_key

__all__ = ["SignatureCheck", "check_table", "sign_table"]

_FIELD = "signature"


@dataclass(frozen=True)
class SignatureCheck:
    """What a signature says."""

    intact: bool
    """Whether the content is what was signed."""
    known: bool
    """Whether the signer's certificate, or one that it was signed with, is among the known ones."""
    signer: str
    """Organisation and name in the certificate, which anybody may choose; empty where there is none."""


def sign_table(table: Mapping[str, Any], key: SigningKey) -> dict[str, Any]:
    """`table` with a signature of `key`."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    content = canonical_json(table)
    signer = private_key(key)
    if isinstance(signer, Ed25519PrivateKey):
        value = signer.sign(content)
    else:
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.hashes import SHA256

        value = signer.sign(content, ECDSA(SHA256()))
    return {
        **table,
        _FIELD: {
            "algorithm": key.algorithm,
            "certificates": key.certificates_pem,
            "value": base64.b64encode(value).decode("ascii"),
        },
    }


def check_table(table: Mapping[str, Any], known_pem: str) -> SignatureCheck:
    """Whether the signature of `table` is its own; `known_pem` are the certificates of known signers."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509 import load_pem_x509_certificates

    content = canonical_json({name: value for name, value in table.items() if name != _FIELD})
    signature = table.get(_FIELD)
    try:
        assert isinstance(signature, Mapping)
        chain = load_pem_x509_certificates(str(signature["certificates"]).encode())
        value = base64.b64decode(str(signature["value"]), validate=True)
        public = chain[0].public_key()
    except (AssertionError, KeyError, ValueError, IndexError):
        return SignatureCheck(False, False, "")
    signer = " / ".join(str(part.value) for part in chain[0].subject)
    try:
        if isinstance(public, Ed25519PublicKey):
            public.verify(value, content)
        elif isinstance(public, EllipticCurvePublicKey):
            public.verify(value, content, ECDSA(SHA256()))
        else:
            return SignatureCheck(False, False, signer)
    except InvalidSignature:
        return SignatureCheck(False, False, signer)
    trusted = set(load_pem_x509_certificates(known_pem.encode())) if known_pem.strip() else set()
    if chain[0] in trusted:
        return SignatureCheck(True, True, signer)
    for lower, upper in pairwise(chain):
        try:
            lower.verify_directly_issued_by(upper)
        except (InvalidSignature, ValueError, TypeError):
            break
        if upper in trusted:
            return SignatureCheck(True, True, signer)
    return SignatureCheck(True, False, signer)
