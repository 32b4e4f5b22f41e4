"""The key that an installation signs its files with, made on first use, or one that the user gives.

A key file is PEM: a private key (Ed25519, or EC on P-256) and behind it its certificate and those above it. The one
that is made here belongs to this installation alone: its root signs one certificate and is thrown away, so nobody can
make another certificate that seems to come from here.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from avatron.errors import OutputError, OutputExistsError, UnreadableFileError
from avatron.io.atomic import PendingFile, output_errors

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = [
    "KEY_VARIABLE",
    "SigningKey",
    "installation_key",
    "known_certificates",
    "private_key",
    "user_config_folder",
]

KEY_VARIABLE = "AVATRON_SIGNING_KEY"
"""Names a key file to sign with instead of the installation's own."""
Algorithm = Literal["ed25519", "es256"]

_IDENTIFIERS: dict[bytes, Algorithm] = {
    b"\x06\x03\x2b\x65\x70": "ed25519",
    b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07": "es256",
}
"""DER of the object identifiers in a private key: Ed25519 (RFC 8410) and the curve P-256 (RFC 5480)."""
_KEY_FILE = "signing.pem"
_KNOWN_FOLDER = "known_signers"
_YEARS = 20


def user_config_folder() -> Path:
    """Where the user's key and known signers are: `$XDG_CONFIG_HOME/avatron`, or `~/.config/avatron`."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "avatron"


@dataclass(frozen=True)
class SigningKey:
    """A private key and the certificates that say whose it is."""

    algorithm: Algorithm
    private_pem: str
    certificates_pem: str
    """The key's own certificate first, then those above it."""

    def __repr__(self) -> str:
        return f"SigningKey(algorithm={self.algorithm!r})"

    @classmethod
    def read(cls, path: Path) -> SigningKey:
        """The key in a PEM file.

        Raises:
            UnreadableFileError: missing, without a key or a certificate, or of another type.
        """
        try:
            text = path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableFileError(f"cannot read the signing key `{path}`: {error}") from error
        private, certificates = _parted(text)
        if not private or not certificates:
            raise UnreadableFileError(
                f"the signing key `{path}` needs a private key and its certificates, one PEM after the other"
            )
        return cls(_algorithm(path, private), private, certificates)


def installation_key() -> SigningKey:
    """The key that files are signed with: the one that `AVATRON_SIGNING_KEY` names, or this installation's own.

    Raises:
        UnreadableFileError: a key file that cannot be used.
        OutputError: no key is there yet, and none can be written.
    """
    given = os.environ.get(KEY_VARIABLE)
    path = Path(given) if given else user_config_folder() / _KEY_FILE
    if not given and not path.is_file():
        _make(path)
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise UnreadableFileError(f"cannot read the signing key `{path}`: {error.strerror}") from error
    return _read_once(path, changed, bool(given))


@lru_cache(maxsize=4)
def _read_once(path: Path, changed_ns: int, given: bool) -> SigningKey:
    key = SigningKey.read(path)
    if given:
        _check_pair(path, key)
    return key


def known_certificates() -> str:
    """PEM of the signers that are known here: the installation's own, and each `*.pem` among the known signers."""
    known = []
    for path in (user_config_folder() / _KEY_FILE, Path(os.environ.get(KEY_VARIABLE) or os.devnull)):
        if path.is_file():
            known.append(_parted(path.read_text(encoding="ascii"))[1])
    folder = user_config_folder() / _KNOWN_FOLDER
    if folder.is_dir():
        known += [_parted(path.read_text(encoding="ascii"))[1] for path in sorted(folder.glob("*.pem"))]
    return "".join(known)


def _parted(text: str) -> tuple[str, str]:
    """The private key and the certificates of a PEM file."""
    private: list[str] = []
    certificates: list[str] = []
    for block in text.split("-----BEGIN ")[1:]:
        kind = block.partition("-----")[0]
        body = "-----BEGIN " + block.rstrip() + "\n"
        if kind == "CERTIFICATE":
            certificates.append(body)
        elif kind.endswith("PRIVATE KEY"):
            private.append(body)
    return "".join(private[:1]), "".join(certificates)


def _algorithm(path: Path, private_pem: str) -> Algorithm:
    # Read from the bytes themselves: loading `cryptography` takes 30 ms, which a run that only signs can do without.
    try:
        lines = private_pem.splitlines()[1:-1]
        content = base64.b64decode("".join(lines), validate=True)
    except ValueError as error:
        raise UnreadableFileError(f"the private key in `{path}` is damaged or locked with a password") from error
    found = next((algorithm for identifier, algorithm in _IDENTIFIERS.items() if identifier in content), None)
    if found is None:
        raise UnreadableFileError(
            f"the key in `{path}` is neither Ed25519 nor EC P-256 without a password; make such a one"
        )
    return found


def _check_pair(path: Path, key: SigningKey) -> None:
    """Refuse a key whose certificate is of another one."""
    from cryptography.x509 import load_pem_x509_certificate

    try:
        certified = load_pem_x509_certificate(key.certificates_pem.encode()).public_key()
    except ValueError as error:
        raise UnreadableFileError(f"the certificate in `{path}` is damaged: {error}") from error
    if certified != _private_key(path, key.private_pem).public_key():
        raise UnreadableFileError(f"the first certificate in `{path}` is not that of its private key")


def _private_key(path: Path | str, private_pem: str) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(private_pem.encode(), None)
    except (ValueError, TypeError) as error:
        raise UnreadableFileError(f"the private key in `{path}` cannot be used: {error}") from error


def private_key(key: SigningKey) -> Ed25519PrivateKey | EllipticCurvePrivateKey:
    """The key as `cryptography` has it."""
    loaded: Ed25519PrivateKey | EllipticCurvePrivateKey = _private_key("signing key", key.private_pem)
    return loaded


def _make(path: Path) -> None:
    """A new key, readable by its owner only; of two runs that make one at once, the first one's is kept."""
    try:
        with output_errors(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with PendingFile(path) as pending, output_errors(path):
            pending.partial.chmod(0o600)
            pending.partial.write_text(_new_key_pem(), encoding="ascii")
    except OutputExistsError:
        return
    except OutputError as error:
        raise OutputError(
            f"no key to sign outputs with: {error}; or name a folder with XDG_CONFIG_HOME, a key with {KEY_VARIABLE}"
        ) from error


def _new_key_pem() -> str:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    root, own = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    now = datetime.now(UTC)

    def named(common_name: str) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "avatron (self-made key)"),
                x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            ]
        )

    def usage(*, signs_certificates: bool) -> x509.KeyUsage:
        others = dict.fromkeys(
            (
                *("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
                *("encipher_only", "decipher_only"),
            ),
            False,
        )
        return x509.KeyUsage(
            digital_signature=not signs_certificates,
            key_cert_sign=signs_certificates,
            crl_sign=signs_certificates,
            **others,
        )

    def certificate(subject: str, public: Any, *, is_root: bool) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder(named("avatron installation"), named(subject), public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=365 * _YEARS))
            .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
            .add_extension(usage(signs_certificates=is_root), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        )

    above = certificate("avatron installation", root.public_key(), is_root=True).sign(root, None)
    ours = (
        certificate("avatron signer", own.public_key(), is_root=False)
        # C2PA refuses a signer whose certificate has no purpose; this is the one that its list has for people.
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
        .sign(root, None)
    )
    pem = serialization.Encoding.PEM
    private = own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return (private + ours.public_bytes(pem) + above.public_bytes(pem)).decode("ascii")
