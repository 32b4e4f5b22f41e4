"""Makes a point reader faster: `python tools/quantize_points.py --reader FOLDER --pictures FOLDER --out FOLDER`.

Its convolutions are done in 8 bits, in ranges that pictures of people who are trained on show; how far its points move
on people who are not is printed, and nothing is written where that is more than a tenth of a pixel.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

_FIRST_HELD_OUT = 9000
_MOST_MOVED_PX = 0.1


def main() -> None:
    """Reads the command line, quantises, checks, writes."""
    import numpy as np
    import onnx

    from avatron.io.folders import load_folder, write_folder
    from avatron.io.sessions import open_session
    from avatron.track.landmarks.landmarker import FaceLandmarker
    from avatron.training.points.pictures import read_face_pictures
    from avatron.training.points.quantized import calibration, quantized

    parser = argparse.ArgumentParser(description="quantise the point reader")
    parser.add_argument("--reader", type=Path, required=True, help="folder that tools/train_points.py has written")
    parser.add_argument("--pictures", type=Path, required=True, help="folder of tools/build_face_pictures.py")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--count", type=int, default=192, help="pictures to take the ranges from (default: 192)")
    parser.add_argument("--measured", type=Path, help="JSON with what was measured, for the card and the config")
    arguments = parser.parse_args()

    folder = load_folder(arguments.reader, "points")
    if folder.config["architecture"].get("quantized"):
        raise SystemExit(f"the reader `{arguments.reader}` is quantised already; give the one that was trained")
    content = folder.read_bytes("points.onnx")
    everything = read_face_pictures(arguments.pictures)
    held_out = everything.person >= _FIRST_HELD_OUT
    random, landmarker = np.random.default_rng(0), FaceLandmarker.load()
    shown = calibration(everything.chosen(~held_out), landmarker, arguments.count, random)
    judged = calibration(everything.chosen(held_out), landmarker, arguments.count, random)
    graph = quantized(onnx.load_from_string(content), *shown).SerializeToString()

    before, after = (
        open_session(one, name="points.onnx").run(["points"], {"crops": judged[0], "seen": judged[1]})[0]
        for one in (content, graph)
    )
    moved_px = float(np.linalg.norm(after - before, axis=-1).mean())
    print(f"points moved by {moved_px:.3f} px of the crop on {len(judged[0])} pictures of other people")
    if not moved_px < _MOST_MOVED_PX:
        raise SystemExit(f"that is more than {_MOST_MOVED_PX} px; nothing was written")
    config = {key: value for key, value in folder.config.items() if key not in ("format_version", "kind", "files")}
    card = folder.read_bytes("CARD.md").decode()
    if arguments.measured:
        config["measured"] = json.loads(arguments.measured.read_text(encoding="utf-8"))
    rows = "\n".join(f"| {name} | {value} |" for name, value in config["measured"].items())
    card = card[: card.index("## Measured")] + f"## Measured\n\n| | |\n|---|---|\n{rows}\n"
    config["architecture"]["quantized"] = True
    write_folder(arguments.out, "points", config, {"points.onnx": graph, "CARD.md": card.encode()}, overwrite=True)


if __name__ == "__main__":
    main()
