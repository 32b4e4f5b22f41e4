"""From a film of a person to their motion, and that performance on somebody else's head."""

import sys
from pathlib import Path

import avatron
from avatron.errors import MissingComponentError

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
# A film of our own avatar stands in for a video of yours.
avatron.speak("Maybe.", folder / "someone.mp4", size=(320, 320), framing="close-up", overwrite=True)
try:
    tracked = avatron.track_video(
        folder / "someone.mp4", [folder / "motion.npz", folder / "curves.csv"], quality="landmarks", overwrite=True
    )
except MissingComponentError as error:
    # The landmark networks are fetched once; without a network they must be put into place by hand.
    print(error)
    sys.exit()
quality = tracked.quality
print(f"{quality.frames} frames, {quality.valid_share:.0%} valid, {quality.reprojection_percent:.2f} % off")
avatron.animate(
    tracked.track,
    folder / "henry.mp4",
    avatar="henry",
    audio=folder / "someone.mp4",
    size=(256, 256),
    overwrite=True,
)
