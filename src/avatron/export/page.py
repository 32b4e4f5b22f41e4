"""A web page that plays a GLB with three.js beside our own film of the same motion, on the sound's clock."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from avatron.avatar.avatar import Avatar
from avatron.face.rig import JOINTS
from avatron.face.shipped import shipped_head
from avatron.render.framing import camera_for, framing_named
from avatron.render.light import light_named
from avatron.render.portrait import crown_m

__all__ = ["THREE_JS", "PageOptions", "player_page"]

THREE_JS = "https://cdn.jsdelivr.net/npm/three@0.187.0"
"""Where the page finds three.js, if nobody says otherwise; it is not part of avatron."""


@dataclass(frozen=True)
class PageOptions:
    """What the page shows; names are relative to it."""

    glb: str
    fps: float
    audio: str | None = None
    film: str | None = None
    """A film of the same motion, of the same size and framing."""
    size: tuple[int, int] = (512, 512)
    framing: str | None = None
    """None takes the avatar's own."""
    light: str | None = None
    """None takes the avatar's own."""
    three: str = THREE_JS
    """Address of three.js: of a copy of one's own, or of a content network. `?three=URL` overrules it."""


def player_page(avatar: Avatar, options: PageOptions) -> str:
    """The page as HTML; the camera stands where it stands for the film, and the light is the same rig.

    Raises:
        UnknownNameError: no framing or light of that name.
    """
    look, rig = avatar.appearance(), light_named(options.light or avatar.default_light)
    posed = shipped_head().posed(look.identity, look.displacement)
    eyes = posed.joints[[JOINTS.index("eye_left"), JOINTS.index("eye_right")]].mean(0)
    lowest = min((float(part.mesh.vertices[:, 1].min()) for part in look.garments), default=-1.0)
    framing = framing_named(options.framing or look.framing)
    camera = camera_for(framing, options.size, eyes, lowest + 0.01, crown_m(posed.rest, look))
    config = {
        "glb": options.glb,
        "audio": options.audio,
        "film": options.film,
        "fps": options.fps,
        "size": list(options.size),
        "three": options.three.rstrip("/"),
        "camera": {
            "focal_px": camera.focal_px,
            "centre_px": list(camera.centre_px),
            "position": camera.position.tolist(),
            "target": [*eyes[:2].tolist(), 0.0],
        },
        "light": {
            "exposure": rig.exposure,
            "backdrop": list(rig.backdrop_centre),
            "floor": list(rig.floor),
            "ceiling": list(rig.ceiling),
            "softboxes": [
                {"direction": list(box.direction), "sharpness": box.sharpness, "colour": list(box.colour)}
                for box in rig.softboxes
            ],
            # Our rig gives irradiance over pi, three.js radiance of a lamp.
            "directional": [
                {
                    "direction": list(direction),
                    "colour": list(np.asarray(colour) / max(colour)),
                    "strength": max(colour) * float(np.pi),
                    "shadow": shadow,
                }
                for direction, colour, shadow in ((rig.key, rig.key_colour, True), (rig.rim, rig.rim_colour, False))
            ],
        },
    }
    # `<` as an escape: no text can end the script that it stands in.
    text = json.dumps(config, allow_nan=False).replace("<", "\\u003c")
    return files("avatron.export").joinpath("page.html").read_text("utf-8").replace("CONFIG", text, 1)
