"""A replica as files of other programs: its Gaussians for viewers of splats, its tracked head for engines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from avatron.core.motion import FaceMotion
from avatron.errors import InvalidValueError, UsageError
from avatron.export.bundle import PendingBundle
from avatron.export.scene import SCENE_FORMATS, check_scene, make_scene, scene_files
from avatron.export.splat_cloud import cloud_of
from avatron.export.splat_files import SPLAT_FORMATS
from avatron.export.splat_page import SplatClip, splat_page
from avatron.export.tracked import avatar_of_track
from avatron.io.atomic import PendingFile, check_target
from avatron.io.provenance.seal import Sealer
from avatron.io.tracks import read_track_albedo
from avatron.replica.carried import CarriedGaussians
from avatron.replica.likeness import HasGaussians
from avatron.replica.replica import TRACK_FILE, Replica

__all__ = ["REPLICA_EXPORTS", "export_replica"]

REPLICA_EXPORTS: tuple[str, ...] = (*SPLAT_FORMATS, "html", *SCENE_FORMATS)
"""Endings of the files that a replica can be written as."""

_PLAYED_S = 10.0
"""Of a page; the mesh of longer ones would be megabytes more to load."""


def export_replica(replica: Replica, outputs: Sequence[Path], *, overwrite: bool = False) -> tuple[Path, ...]:
    """Write `replica` to each of `outputs`, the type by its ending; what was written.

    Each file has a signed sidecar that names the replica and its consent.

    Raises:
        UsageError: no output, or one of another type.
        InvalidValueError: Gaussians are asked of a likeness that has none.
        OutputExistsError: an output is there and `overwrite` is not set.
        OutputError: one cannot be written; those before it are there.
    """
    kinds = [_checked(path, overwrite) for path in outputs]
    sealer = Sealer(replica.provenance)
    sealer.prepare()
    for path, kind in zip(outputs, kinds, strict=True):
        if kind in SPLAT_FORMATS:
            carried = _carried(replica, FaceMotion.at_rest(1))
            cloud = cloud_of(carried.corrected(0), carried.vertices[0], carried.triangles)
            files = {path.name: SPLAT_FORMATS[kind](cloud)}
        elif kind == "html":
            files = _page(replica, path)
        else:
            files = _head(replica, path)
        _write(path, kind, files, sealer, overwrite)
    return tuple(outputs)


def _checked(path: Path, overwrite: bool) -> str:
    kind = path.suffix.lower().lstrip(".")
    if kind not in REPLICA_EXPORTS:
        raise UsageError(
            f"`{path}` has the unknown type `{kind}`; a replica is written as {', '.join(REPLICA_EXPORTS)}"
        )
    if kind in SCENE_FORMATS:
        check_scene(path, overwrite=overwrite)
    else:
        check_target(path, overwrite=overwrite)
    return kind


def _carried(replica: Replica, motion: FaceMotion) -> CarriedGaussians:
    likeness = replica.likeness
    if not isinstance(likeness, HasGaussians):
        raise InvalidValueError(
            f"the likeness of `{replica.name}` is a {replica.likeness_kind}, which has no Gaussians; write its head as "
            "glb, or build it again with `--quality full`"
        )
    return likeness.carried(motion)


def _page(replica: Replica, path: Path) -> dict[str, bytes]:
    """The page, and beside it what it plays: the first seconds of the person's own motion."""
    fps = replica.track.motion.fps
    motion = replica.track.motion.part(0, min(len(replica.track), round(_PLAYED_S * fps)))
    carried = _carried(replica, motion)
    clip = SplatClip(
        carried.gaussians,
        carried.triangles,
        carried.vertices,
        carried.corrections,
        carried.coefficients,
        float(fps),
    )
    return splat_page(clip, replica.likeness.camera, path.stem)


def _head(replica: Replica, path: Path) -> dict[str, bytes]:
    albedo = read_track_albedo(replica.folder.file(TRACK_FILE))
    moves = path.suffix.lower() != ".obj"
    scene = make_scene(avatar_of_track(replica.track, replica.name, albedo), replica.track.motion if moves else None)
    return dict(scene_files(scene, path))


def _write(path: Path, kind: str, files: dict[str, bytes], sealer: Sealer, overwrite: bool) -> None:
    bundle = PendingBundle(path.parent, files, overwrite=overwrite)
    beside: PendingFile | None = None
    try:
        seal = sealer.seal_for(kind, path)
        beside = None if seal is None else seal(bundle.partial(path.name))
        if beside is not None:
            beside.commit()
        bundle.commit()
    except BaseException:
        bundle.discard()
        if beside is not None:
            beside.discard()
        raise
