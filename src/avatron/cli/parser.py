"""The verbs and their options. Nothing heavy is imported here: `--help` answers at once."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Any, NoReturn

from avatron.cli.avatar_verbs import add_avatar_verbs
from avatron.cli.bench_face_verb import add_bench_face
from avatron.cli.consent_verbs import add_consent_verbs
from avatron.cli.export_verb import add_export_verb
from avatron.cli.listen_verbs import add_gallery_verb, add_listen_verb
from avatron.cli.live_verb import add_live_verb
from avatron.cli.replica_verbs import add_bench_replica, add_replica_verbs
from avatron.cli.track_verbs import add_animate_verb, add_track_verb

__all__ = ["build_parser"]

DESCRIPTION = "Make a person talk from text, on an ordinary CPU."
EPILOG = """examples:
  avatron speak "Hello! I am Ava." -o hello.mp4
  avatron speak --file chapter.txt -o chapter.mp4 -o chapter.srt --size 1080x1920 --pace slow
  avatron speak "Hi." -o - --format wav | aplay
  avatron speak --batch lines.csv -o clips/
  avatron doctor
"""


class _Parser(argparse.ArgumentParser):
    """argparse whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        if message.startswith("unrecognized arguments: ") and message.split(": ")[1][0] != "-":
            # What a text without quotes looks like from here.
            message += " (put a text of several words in quotes)"
        self.exit(2, f"avatron: {message}; see `{self.prog} --help`\n")


def _lazy(module: str, function: str = "run") -> Any:
    """A verb's function, imported only when the verb runs."""

    def call(parsed: argparse.Namespace) -> int:
        return int(getattr(import_module(f"avatron.cli.{module}"), function)(parsed))

    return call


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = _Parser(
        prog="avatron",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and leave")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    _add_speak(verbs)
    _add_produce(verbs)
    add_export_verb(verbs, _verb, _lazy)
    add_track_verb(verbs, _verb, _lazy)
    add_live_verb(verbs, _verb, _lazy)
    add_animate_verb(verbs, _verb, _lazy, (_add_output, _add_picture))
    _add_collection(verbs, "voice", "voices that speak")
    _add_voices(verbs)
    _add_collection(verbs, "avatar", "avatars that can be drawn")
    _add_prepare(verbs)
    _add_train(verbs)
    _add_bench(verbs)
    _add_check(verbs)
    add_consent_verbs(verbs, _verb, _lazy)
    add_replica_verbs(verbs, _verb, _lazy)
    _add_verify(verbs)
    _add_doctor(verbs)
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import PackageNotFoundError

        import avatron

        try:
            version = avatron.__version__
        except PackageNotFoundError:
            version = "(run from its source, not installed: no version)"
        print(f"avatron {version}")
        parser.exit()


def _verb(verbs: Any, name: str, summary: str, call: Any, epilog: str | None = None) -> argparse.ArgumentParser:
    verb: argparse.ArgumentParser = verbs.add_parser(
        name,
        help=summary,
        description=summary[:1].upper() + summary[1:] + ".",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.set_defaults(run=call)
    verb.add_argument("--json", action="store_true", help="print the result as JSON on stdout")
    verb.add_argument("--quiet", action="store_true", help="no progress and no remarks on stderr")
    return verb


def _add_drawing(verb: argparse.ArgumentParser, fps_help: str = "25, 29.97, 30000/1001 ... (default: 25)") -> None:
    """Options of everything that draws at a rate of its own."""
    group = _add_picture(verb)
    group.add_argument("--fps", default="25", metavar="RATE", help=fps_help)


def _add_picture(verb: argparse.ArgumentParser) -> Any:
    """Options of everything that draws."""
    group = verb.add_argument_group("picture")
    group.add_argument(
        "--avatar", default="ava", metavar="NAME", help="name or folder of an avatar or a replica (default: ava)"
    )
    group.add_argument(
        "--mode", metavar="NAME", help="of a replica: full (as filmed, the default), portrait or transparent"
    )
    group.add_argument(
        "--use",
        default="personal",
        metavar="USE",
        help="what a replica is used for, which its consent must cover: evaluation, personal (default) or commercial",
    )
    group.add_argument("--size", default="512x512", metavar="WxH", help="pixels, e.g. 1080x1920 (default: 512x512)")
    group.add_argument(
        "--background",
        default="studio",
        metavar="WHAT",
        help="colour, image, video, `transparent` or `studio` (default)",
    )
    group.add_argument(
        "--background-blur",
        default="0",
        metavar="X",
        help="0 sharp (default) .. 1 out of focus as behind a portrait lens",
    )
    group.add_argument(
        "--framing",
        metavar="NAME",
        help="close-up, head-and-shoulders, bust, left-third or right-third (default: the avatar's own)",
    )
    group.add_argument("--light", metavar="NAME", help="studio, soft, dramatic or flat (default: the avatar's own)")
    return group


def _add_output(verb: argparse.ArgumentParser) -> None:
    """Options of everything that writes films and files."""
    group = verb.add_argument_group("output")
    group.add_argument(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="PATH",
        help="its ending says the type: mp4 webm mov mkv gif, png (a folder of pictures), wav, srt vtt, npz csv, "
        "json textgrid (times), glb usda usdc usdz (avatar and clip); may be given several times; `-` is stdout and "
        "needs --format",
    )
    group.add_argument("--format", metavar="NAME", help="type of stdout, and of names that do not say one")
    group.add_argument("--codec", metavar="NAME", help="of mp4 webm mov mkv; `avatron doctor` lists them")
    group.add_argument("--quality", type=int, metavar="0..100", help="of the pictures of a film (default: 80)")
    group.add_argument("--overwrite", action="store_true", help="replace existing outputs")
    group.add_argument(
        "--sidecar", metavar="PATH", help="with `-o -`: file that says, signed, what was written to stdout"
    )
    group.add_argument(
        "--no-provenance", metavar="REASON", help="for research: no credentials; the reason is written into the files"
    )


def _add_speak(verbs: Any) -> None:
    verb = _verb(verbs, "speak", "say a text with a voice and a face", _lazy("speak"))
    verb.add_argument("text", nargs="?", help="what to say; `-` reads it from stdin")
    verb.add_argument("-f", "--file", metavar="PATH", help="read the script from a UTF-8 text file")
    verb.add_argument(
        "--batch", metavar="PATH", help="csv or jsonl with a `text` in each row, and optionally output, voice ..."
    )
    _add_output(verb)
    verb.add_argument("--audio-only", action="store_true", help="no face: wav, srt, vtt, json, textgrid")
    verb.add_argument(
        "--audio", metavar="PATH", help="recorded speech in place of a voice; a text that is given is what it says"
    )
    group = verb.add_argument_group("voice")
    group.add_argument("--voice", metavar="NAME", help="name or folder of a voice (default: the avatar's own)")
    group.add_argument("--pace", default="normal", metavar="PACE", help="slow, normal, fast or 0.5..2")
    group.add_argument("--pitch", default="1", metavar="FACTOR", help="0.5..2 (default: 1)")
    group.add_argument("--pitch-range", default="1", metavar="FACTOR", help="flat 0.5 .. lively 2 (default: 1)")
    group.add_argument("--energy", default="1", metavar="FACTOR", help="0.5..2 (default: 1)")
    group.add_argument("--dynamics", default="1", metavar="FACTOR", help="of loudness: even 0.5 .. 2 (default: 1)")
    group.add_argument("--pauses", default="1", metavar="FACTOR", help="length of pauses, 0.5..2 (default: 1)")
    group.add_argument(
        "--style-from", metavar="CLIP", help="speak like this recording: tempo, melody, loudness, pauses"
    )
    group.add_argument("--lexicon", metavar="PATH", help="file of pronunciations: WORD <tab> PHONEMES")
    group.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same film (default: 0)")
    _add_drawing(verb)
    group = verb.add_argument_group("motion")
    group.add_argument(
        "--animator",
        metavar="NAME",
        help="what moves the face: a name, or the folder of a learned animator (default: avatron)",
    )
    group.add_argument(
        "--emotion",
        default="neutral",
        metavar="NAME",
        help="neutral (default), happy, sad, angry, surprised or calm; marks in the script overrule it",
    )
    group.add_argument("--emotion-intensity", default="1", metavar="X", help="0 nothing .. 1 fully (default)")
    group.add_argument("--no-voice-emotion", action="store_true", help="only the face shows what is felt")
    group.add_argument(
        "--manner",
        default="plain",
        metavar="WHAT",
        help="how this person moves: plain (default), lively, reserved, warm, stern, `head=0.5,smile=0.1`, a JSON file",
    )
    for layer, what in (
        ("blinks", "does not blink"),
        ("gaze", "eyes stay on the camera"),
        ("head", "head stays still"),
        ("brows", "brows stay still"),
        ("breathing", "does not breathe"),
    ):
        group.add_argument(f"--no-{layer}", action="store_true", help=what)


def _add_produce(verbs: Any) -> None:
    verb = _verb(verbs, "produce", "draw recorded motion (npz or csv of ARKit curves) with an avatar", _lazy("produce"))
    verb.add_argument("motion", help="npz or Live Link Face csv")
    verb.add_argument("--audio", metavar="PATH", help="sound to go with it")
    _add_output(verb)
    _add_drawing(verb, "of a csv, whose timecodes know no 29.97 (default: what the curves say)")
    verb.set_defaults(fps=None)


def _add_collection(verbs: Any, noun: str, what: str) -> None:
    more = "; make, draw, check and pack your own" if noun == "avatar" else ""
    group = verbs.add_parser(noun, help=f"list, inspect, add, remove {what}{more}")
    actions = group.add_subparsers(title="actions", metavar="ACTION", required=True)
    _verb(actions, "list", f"list the {what}", _lazy("collection", f"list_{noun}s"))
    inspect = _verb(
        actions, "inspect", f"show what one of the {what} is made of", _lazy("collection", f"inspect_{noun}")
    )
    inspect.add_argument("name", help="name or folder")
    add = _verb(actions, "add", f"check a folder and copy it to your {noun}s", _lazy("collection", f"add_{noun}"))
    packs = ", or a pack that ends in .zip" if noun == "avatar" else ""
    add.add_argument("folder", help=f"a folder with a config.json{packs}")
    add.add_argument("--name", help="name to give it (default: the folder's)")
    remove = _verb(actions, "remove", f"delete one of your own {noun}s", _lazy("collection", f"remove_{noun}"))
    remove.add_argument("name", help=f"of a {noun} that you added")
    if noun == "avatar":
        add_avatar_verbs(actions, _verb, _lazy)
        _verb(verbs, "avatars", "short for `avatar list`", _lazy("collection", "list_avatars"))


def _add_voices(verbs: Any) -> None:
    verb = _verb(
        verbs,
        "voices",
        "list the voices, play a sample of each, or write it to files",
        _lazy("collection", "sample_voices"),
        epilog="examples:\n  avatron voices\n  avatron voices --play\n  avatron voices --samples samples/",
    )
    verb.add_argument("--play", nargs="*", metavar="NAME", help="play a sample of these voices (default: of all)")
    verb.add_argument("--samples", metavar="FOLDER", help="write a sample of each voice to FOLDER/NAME.wav")
    verb.add_argument("--overwrite", action="store_true", help="replace samples that are there")


def _add_prepare(verbs: Any) -> None:
    verb = _verb(
        verbs,
        "prepare",
        "make a corpus to train on from recordings and their texts (needs the `train` extra)",
        _lazy("prepare"),
        epilog="FOLDER holds metadata.csv with lines `name|text`, and wavs/NAME.wav or .flac of 1 to 20 seconds.",
    )
    verb.add_argument("folder", metavar="FOLDER", help="the recordings")
    verb.add_argument("-o", "--output", required=True, metavar="CORPUS", help="folder to make")
    verb.add_argument(
        "--base", metavar="RUN", help="run whose aligner knows a voice, e.g. runs/lj (default: learn from nothing)"
    )
    verb.add_argument("--base-data", metavar="CORPUS", help="what that run was trained on: makes the times more exact")
    verb.add_argument("--language", default="en-us", metavar="TAG", help="of the texts (default: en-us)")
    _add_threads(verb)
    verb.add_argument("--overwrite", action="store_true", help="replace a corpus that was prepared before")


def _add_train(verbs: Any) -> None:
    verb = _verb(
        verbs,
        "train",
        "train a voice, or one stage of it, from a recipe (needs the `train` extra)",
        _lazy("train"),
        epilog="examples:\n  avatron train --list\n  avatron train pm --data runs/pm/corpus --resume\n"
        "  avatron train lj acoustic --data ljspeech --out runs/trial",
    )
    verb.add_argument("recipe", nargs="?", metavar="RECIPE", help="name or path, e.g. lj or recipes/lj.py")
    verb.add_argument(
        "stage", nargs="?", metavar="STAGE", help="train this stage alone (default: all of them, then write the voice)"
    )
    verb.add_argument("--list", action="store_true", help="list the recipes and their stages")
    verb.add_argument("--data", metavar="CORPUS", help="folder of the training data, as `avatron prepare` makes it")
    verb.add_argument("--out", metavar="DIR", help="run folder (default: runs/RECIPE)")
    verb.add_argument("--resume", action="store_true", help="go on from the last checkpoint, skip what is done")
    verb.add_argument("--overwrite", action="store_true", help="train stages that are there already anew")
    _add_threads(verb)


def _add_threads(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--threads", type=_count, default=1, metavar="N", help="cores; results depend on their number (default: 1)"
    )


def _count(text: str) -> int:
    """A whole number from 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is below 1")
    return number


def _add_bench(verbs: Any) -> None:
    verb = _verb(verbs, "bench", "measure the speed of each stage on this machine", _lazy("bench"))
    verb.add_argument(
        "--seconds", type=float, default=20.0, metavar="S", help="about how long the film is (default: 20)"
    )
    verb.add_argument("--size", default="512x512", metavar="WxH", help="pixels (default: 512x512)")
    actions = verb.add_subparsers(title="actions", metavar="[ACTION]")
    voice = _verb(
        actions, "voice", "measure how good a voice is, beside recordings and two anchors", _lazy("bench_voice")
    )
    voice.add_argument("--voice", default="lj", metavar="NAME", help="name or folder of a voice (default: lj)")
    voice.add_argument("--data", metavar="CORPUS", help="its corpus: compare with the recordings that it holds out")
    voice.add_argument(
        "--half", default="all", choices=("even", "odd", "all"), help="of what is held out (default: all)"
    )
    voice.add_argument("--texts", metavar="FILE", help="new texts, one a line (default: a hundred of the package)")
    voice.add_argument("--sets", nargs="+", metavar="SET", help="sets of sounds to measure (default: every one)")
    voice.add_argument("--most", type=int, metavar="N", help="at most N sounds in each set, for a quick look")
    voice.add_argument("--skip-times", action="store_true", help="measure quality, not speed")
    voice.add_argument("--aligner", metavar="RUN", help="folder of a run: its aligner's opinion on timing too")
    voice.add_argument("--wavs", metavar="DIR", help="write what is measured into this folder")
    voice.add_argument("-o", "--output", metavar="FILE", help="write the result as JSON")
    voice.add_argument("--overwrite", action="store_true", help="replace an existing FILE")

    look = _verb(
        actions, "look", "draw every avatar in every light from all sides, and time each stage", _lazy("bench_look")
    )
    look.add_argument(
        "-o", "--output", required=True, metavar="DIR", help="folder to make, with index.html and index.md"
    )
    look.add_argument("--avatars", nargs="+", metavar="NAME", help="names or folders (default: every one)")
    look.add_argument("--lights", nargs="+", metavar="NAME", help="light rigs (default: every one)")
    look.add_argument(
        "--sizes",
        nargs="+",
        default=["512x512", "1080x1080"],
        metavar="WxH",
        help="to time (default: 512x512 1080x1080)",
    )
    look.add_argument("--cell", type=int, default=320, metavar="PX", help="side of a picture on a sheet (default: 320)")
    look.add_argument("--no-film", action="store_true", help="no turntable.mp4")
    look.add_argument("--skip-times", action="store_true", help="draw, and measure no times")
    look.add_argument("--for-docs", action="store_true", help="small pictures, no film: below 1.5 MB for four avatars")
    look.add_argument("--overwrite", action="store_true", help="replace a folder that this verb made")

    track = _verb(actions, "track", "measure how near tracks are to films whose truth is known", _lazy("bench_track"))
    track.add_argument(
        "--data", metavar="FOLDER", help="with `head/` and `avatar_parts/`: the whole set (default: two small films)"
    )
    track.add_argument("--films", nargs="+", metavar="NAME", help="only these films of the set")
    track.add_argument("--methods", nargs="+", metavar="NAME", help="only these ways to track (default: every one)")
    track.add_argument("--real", action="store_true", help="also the films of real people in FOLDER")
    track.add_argument("--labels", metavar="FILE", help="closures labelled in films of GRID, which are scored then")
    track.add_argument("--most", type=_count, default=20, metavar="N", help="films of GRID at most (default: 20)")
    track.add_argument(
        "--processes", type=_count, default=2, metavar="N", help="films drawn and tracked at once (default: 2)"
    )
    track.add_argument("-o", "--output", metavar="DIR", help="keep films and `track.json` here; films are drawn once")
    add_bench_face(actions, _verb, _lazy, _count)
    add_bench_replica(actions, _verb, _lazy)

    add_listen_verb(actions, _verb, _lazy)
    add_gallery_verb(actions, _verb, _lazy)


def _add_verify(verbs: Any) -> None:
    verb = _verb(
        verbs, "verify", "say where a file comes from; check a model folder against its hashes", _lazy("verify")
    )
    verb.add_argument(
        "path", metavar="PATH", help="film, picture, sound, folder of pictures; or a folder with a config.json"
    )
    verb.add_argument("--no-watermark", action="store_true", help="do not look for a watermark, which takes a second")


def _add_check(verbs: Any) -> None:
    verb = _verb(verbs, "check", "say what a video is good for, and what to record instead", _lazy("check"))
    verb.add_argument("video", metavar="VIDEO", help="a film of one person talking")
    verb.add_argument(
        "--every-frame", action="store_true", help="look at all frames, not at samples of a long film; finds every cut"
    )


def _add_doctor(verbs: Any) -> None:
    _verb(verbs, "doctor", "say what works on this machine, and what to do about what does not", _lazy("doctor"))
