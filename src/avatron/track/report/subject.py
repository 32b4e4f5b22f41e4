"""Who is to be tracked: how many faces there are, whether the subject is always there and stays the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.track.report.face_points import SKIN
from avatron.track.report.finding import Finding, Number, Verdict
from avatron.track.report.pose import STILL, HeadPose, mirror_images

__all__ = ["FaceCount", "Likeness", "Shot", "SubjectConfig", "judge_faces", "judge_person", "likeness", "unlikeness"]

_SHAPE = tuple(sorted({*STILL, 205, 425, 50, 280, 94, 2, 98, 327, 132, 361, 58, 288}))
"""Places whose outline from the front tells people apart: still ones, cheeks, wings of the nose, angles of the jaw."""


@dataclass(frozen=True)
class SubjectConfig:
    """What is asked of the people in a clip."""

    good_share: float = 0.98
    """Of the pictures, in which the subject's face must be seen."""
    least_share: float = 0.2
    many_others: float = 0.03
    """Share of pictures with a second face that counts."""
    rival_size: float = 0.7
    """Of the subject's: a second face so large may be taken for it."""
    frontal_deg: float = 25.0
    """Turned further, a face's shape says little of who it is."""
    least_pictures: int = 3
    """Of a person, before it is compared."""
    shape_unit: float = 0.03
    """Distances of the eyes by which the faces of two people differ at least, measured on nine people."""
    chroma_unit: float = 0.07
    """Of skin, log ratios of channels; light changes it, so that it only counts together with the shape."""
    another: float = 0.75
    """Unlikeness from which it is another person: among nine people it was 0.55 at most within one (who grimaced), and
    0.94 at least between two."""
    another_without_cut: float = 1.2
    """The same where no cut was seen: short stretches of one person differ more than whole shots do."""


@dataclass(frozen=True)
class FaceCount:
    """The faces of one picture."""

    frame: int
    faces: int
    second_size: float
    """Of the second face, relative to the subject's; 0 where there is none."""
    place: tuple[float, float]
    """Of the subject's face, 0 .. 1 of the picture's width and height; (0, 0) where none is seen."""


@dataclass(frozen=True, eq=False)
class Likeness:
    """What tells a person from others, as far as landmarks and the colour of skin do."""

    shape: NDArray[np.float32]
    """[P, 2] places seen from the front, in distances of the eyes."""
    chroma: NDArray[np.float32]
    """[2] log ratios of red and blue over green."""


@dataclass(frozen=True, eq=False)
class Shot:
    """Pictures of one person that follow one another."""

    frame: int
    """The first."""
    between_cuts: int
    """Number of cuts before it: shots of one number are only told apart by where they were sampled."""
    likeness: Likeness


def judge_faces(counts: list[FaceCount], fps: float, smallest_px: float | None, config: SubjectConfig) -> Finding:
    """How many faces there are in each picture, and which is the subject.

    `smallest_px` is the height of a face too small for the landmark network, where only such a one was found.
    """
    seen = np.array([count.faces > 0 for count in counts])
    share = float(seen.mean())
    several = np.array([count.faces > 1 for count in counts])
    numbers: dict[str, Number] = {
        "seen_share": share,
        "most_faces": max(count.faces for count in counts),
        "several_share": float(several.mean()),
    }
    if not seen.any():
        small = "" if smallest_px is None else f"; something like a face is {smallest_px:.0f} pixels high"
        return Finding(
            "faces",
            "refuse",
            f"no face was found{small}",
            "record one person from the front, the face at least a fifth of the picture's height"
            + ("" if smallest_px is None else ", from much nearer"),
            {**numbers, "smallest_px": smallest_px},
        )
    first, last = (counts[index].frame / fps for index in np.flatnonzero(seen)[[0, -1]])
    numbers |= {"first_seen_s": first, "last_seen_s": last}
    place = np.median([count.place for count in counts if count.faces], axis=0)
    numbers |= {"subject_x": float(place[0]), "subject_y": float(place[1])}
    where = f"at the {_third(place[0])} of the picture"
    faults, advice = [], []
    if share < config.good_share:
        gone = _runs([count.frame / fps for count in counts], ~seen)
        faults.append(
            f"the face is seen in {share:.0%} of the pictures only (missing at {gone} s): frames without it "
            "are marked invalid"
        )
        advice.append("keep the whole face in the picture and the person turned to the camera, or cut the rest off")
    if several.mean() > config.many_others:
        sizes = np.array([count.second_size for count in counts if count.faces > 1])
        numbers["second_size"] = float(np.median(sizes))
        rival = np.median(sizes) >= config.rival_size
        faults.append(
            f"{max(count.faces for count in counts)} faces; the subject is the one {where}"
            + (", hardly larger than the next" if rival else f", the next being {np.median(sizes):.0%} of its size")
        )
        advice.append("record one person alone, or crop the film to one")
    if faults:
        verdict: Verdict = "refuse" if share < config.least_share else "usable"
        return Finding("faces", verdict, "; ".join(faults), "; ".join(advice), numbers)
    return Finding("faces", "good", f"one face, {where}, in {share:.0%} of the pictures", "", numbers)


def likeness(poses: list[HeadPose], colours: NDArray[np.float32], config: SubjectConfig) -> Likeness | None:
    """Of a shot: the median of its pictures that show the face from the front; None of too few.

    `colours` [T, 478, 3] are those at the landmarks.
    """
    frontal = [
        index
        for index, pose in enumerate(poses)
        if max(abs(pose.yaw_deg), abs(pose.pitch_deg)) < config.frontal_deg and np.isfinite(colours[index]).any()
    ]
    if len(frontal) < config.least_pictures:
        return None
    shape = np.median([poses[index].shape for index in frontal], axis=0)
    # A turn that was not quite taken out moves both sides the same way: the mean of a face and its mirror image is
    # free of it, and halves what is seen within a person.
    shape = (shape + shape[mirror_images()] * [-1, 1, 1])[list(_SHAPE), :2] / 2
    skin = np.log(colours[frontal][:, list(SKIN)] + 8.0).reshape(-1, 3)
    skin = np.median(skin[np.isfinite(skin).all(1)], axis=0)
    return Likeness(shape.astype(np.float32), np.array([skin[0] - skin[1], skin[2] - skin[1]], np.float32))


def unlikeness(one: Likeness, other: Likeness, config: SubjectConfig) -> float:
    """How unlike two shots' faces are; `config.another` or more is another person."""
    shape = float(np.sqrt(((one.shape - other.shape) ** 2).sum(1).mean())) / config.shape_unit
    chroma = float(np.linalg.norm(one.chroma - other.chroma)) / config.chroma_unit
    # A change of light alone makes no other person.
    return float(np.hypot(shape, min(chroma, shape)))


def judge_person(shots: list[Shot], fps: float, config: SubjectConfig) -> Finding:
    """Whether all shots show one person."""
    if not shots:
        return Finding("person", "not measured", "the face is never seen from the front for long enough")
    people: list[list[Shot]] = []
    largest = 0.0
    for shot in shots:
        near = []
        for person in people:
            apart = min(unlikeness(shot.likeness, known.likeness, config) for known in person)
            same_cut = any(known.between_cuts == shot.between_cuts for known in person)
            near.append((apart / (config.another_without_cut if same_cut else config.another), apart, person))
        least = min(near, key=lambda triple: triple[0], default=None)
        if least is None or least[0] >= 1:
            people.append([shot])
        else:
            largest = max(largest, least[1])
            least[2].append(shot)
    numbers: dict[str, Number] = {"people": len(people), "largest_unlikeness": largest}
    if len(people) == 1:
        return Finding("person", "good", "one person throughout", "", numbers)
    return Finding(
        "person",
        "refuse",
        f"the face becomes another person's at {_listed([person[0].frame / fps for person in people[1:]])} s: "
        f"{len(people)} people seem to be shown",
        "cut the film so that only one person is in it",
        numbers,
    )


def _third(place: float) -> str:
    return "left" if place < 1 / 3 else "right" if place > 2 / 3 else "middle"


def _listed(times_s: list[float]) -> str:
    return ", ".join(f"{time_s:.2f}" for time_s in times_s[:5]) + (" ..." if len(times_s) > 5 else "")


def _runs(times_s: list[float], chosen: NDArray[np.bool_]) -> str:
    """The moments that are chosen, as text; neighbours in the list as one span."""
    spans = []
    for part in np.split(np.arange(len(chosen)), np.flatnonzero(np.diff(chosen)) + 1):
        if chosen[part[0]]:
            begin, end = times_s[part[0]], times_s[part[-1]]
            spans.append(f"{begin:.2f} .. {end:.2f}" if end > begin else f"{begin:.2f}")
    return ", ".join(spans[:5]) + (" ..." if len(spans) > 5 else "")
