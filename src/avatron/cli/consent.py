"""`avatron consent new|check`: the record of who allows what with a replica."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from avatron.cli.report import print_json
from avatron.errors import InvalidValueError
from avatron.io.provenance.canonical import file_sha256
from avatron.replica.consent import Consent, ConsentStatement
from avatron.replica.consent_check import bind_consent, check_record, check_use
from avatron.replica.consent_signature import read_signer, sign_consent

__all__ = ["check", "new"]


def new(parsed: argparse.Namespace) -> int:
    """The verb `consent new`."""
    output = Path(parsed.output)
    consent = Consent(
        subject=parsed.subject,
        granted_by=parsed.granted_by or parsed.subject,
        date=_day("date", parsed.date) or date.today(),
        scope=tuple(use.strip() for use in parsed.scope.split(",")),
        expires=_day("expires", parsed.expires),
        video_sha256=None if parsed.video is None else file_sha256(Path(parsed.video)),
        statement=None if parsed.statement is None else _statement(Path(parsed.statement), output.parent),
    )
    if parsed.key is not None:
        consent = sign_consent(consent, read_signer(Path(parsed.key)))
    consent.write(output, overwrite=parsed.overwrite)
    if parsed.json:
        print_json(consent.as_json())
    else:
        print(f"{output}: {_described(consent)}")
    return 0


def check(parsed: argparse.Namespace) -> int:
    """The verb `consent check`."""
    path, today = Path(parsed.record), date.today()
    consent = Consent.read(path)
    if parsed.video is None:
        check_record(consent, path.parent, today)
    else:
        consent = bind_consent(consent, path.parent, Path(parsed.video), today)
    if parsed.use is not None:
        check_use(consent, parsed.use, today)
    if parsed.json:
        print_json({"path": str(path), **consent.as_json(), "state": consent.summary.state, "valid": True})
        return 0
    print(f"{path}: valid; {_described(consent)}")
    if consent.bound is not None and parsed.video is not None:
        heard = consent.bound
        likeness = (
            ""
            if heard.speaker_similarity is None
            else f"; its speaker and that of the statement are alike ({heard.speaker_method} "
            f"similarity {heard.speaker_similarity:.2f})"
        )
        print(f"  covers {parsed.video}, sha256 {heard.video_sha256}{likeness}")
    return 0


def _described(consent: Consent) -> str:
    until = f"until {consent.expires}" if consent.expires else "without an end"
    by = "" if consent.granted_by == consent.subject else f" (given by {consent.granted_by})"
    key = "" if consent.signature is None else f", key {consent.signature.public_key[:16]}..."
    return f"{consent.subject}{by} allows {', '.join(consent.scope)} {until}; {consent.summary.state}{key}"


def _day(name: str, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise InvalidValueError(f"`--{name} {text}` is not a day such as 2030-12-31") from None


def _statement(path: Path, folder: Path) -> ConsentStatement:
    digest = file_sha256(path)
    # Relative where it lies with the record: the two travel together.
    inside = path.resolve().is_relative_to(folder.resolve())
    named = path.resolve().relative_to(folder.resolve()) if inside else path.resolve()
    return ConsentStatement(named.as_posix(), digest)
