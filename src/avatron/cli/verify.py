"""`avatron verify PATH`: where a film, picture or sound comes from, or whether a model folder is as it was written."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from avatron.cli.report import print_json
from avatron.io.folders import load_folder
from avatron.io.provenance.inspect import FileOrigin, inspect_file, payload_text

__all__ = ["run"]

_VERDICTS = {
    "intact": "signed by a signer that is known here, and unchanged since",
    "unknown signer": "unchanged since it was signed, by a signer that is not known here: anybody may have signed it",
    "altered": "ALTERED: it is not what was signed",
    "disabled": "made without credentials, and says so; nothing protects what it says",
    "unsigned": "made by avatron as it seems; nothing that is signed says so",
    "cannot tell": "nothing here says where it comes from; that proves nothing",
}
_EXIT_CODES = {"intact": 0, "unknown signer": 0, "disabled": 0, "unsigned": 0, "cannot tell": 3, "altered": 1}
"""Of `cannot tell` it is 3, so that a script can tell it from a file that was altered and from a wrong request."""


def run(parsed: argparse.Namespace) -> int:
    """The verb; a model folder gives 0, or the error that loading gives."""
    path = Path(parsed.path)
    if path.is_dir() and not any(path.glob("frame_*.png")):
        return _folder(parsed, path)
    found = inspect_file(path, watermark=not parsed.no_watermark)
    if parsed.json:
        print_json(found.as_json())
    else:
        print("\n".join(_lines(found)))
    return _EXIT_CODES[found.verdict]


def _folder(parsed: argparse.Namespace, path: Path) -> int:
    folder = load_folder(path)
    if parsed.json:
        print_json({"path": str(folder.path), "kind": folder.kind, "files": dict(folder.files), "verified": True})
    else:
        print(f"{folder.path}: {folder.kind}, {len(folder.files)} files, all as they were written")
    return 0


def _lines(found: FileOrigin) -> Iterator[str]:
    yield f"{found.path}: {_VERDICTS[found.verdict]}"
    claims = found.claims
    if claims:
        source = (
            "generated, beside what was recorded" if claims.get("source_type") == "compositeSynthetic" else "generated"
        )
        identifier = f" (id {claims['id']})" if claims.get("id") else ""
        yield f"  who      {claims.get('kind')} `{claims.get('name')}`{identifier}, {source}"
        yield f"  when     {claims.get('created')}, by {claims.get('generator')}"
    if isinstance(consent := claims.get("consent"), dict):
        until = f", until {consent['expires']}" if consent.get("expires") else ""
        scope = ", ".join(str(use) for use in consent.get("scope", ()))
        yield f"  consent  of {consent.get('subject')}, for {scope}{until}; {consent.get('state')}"
    if found.credentials is not None:
        problems = f": {', '.join(found.credentials.problems)}" if found.credentials.problems else ""
        yield f"  credentials {found.credentials.state}{problems}; signer {found.credentials.signer or 'not readable'}"
    if found.sidecar is not None:
        changed = f": {', '.join(found.sidecar.changed[:4])}" if found.sidecar.changed else ""
        signature = "fits" if found.sidecar.signature.intact else "does not fit"
        yield f"  sidecar  {found.sidecar.path}: content {found.sidecar.content}{changed}; its signature {signature}"
    if found.comment:
        yield f"  comment  {found.comment}"
    if found.watermark is not None:
        fits = {True: ", that of this replica", False: ", of ANOTHER replica", None: ""}[found.watermark_fits]
        certainty = f"{found.watermark.certainty:.1f} standard deviations above chance"
        yield f"  watermark {payload_text(found.watermark.payload)}{fits}; {certainty}"
    elif found.looked_for_watermark:
        yield "  watermark none found"
