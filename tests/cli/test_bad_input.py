"""Bad input gives one clear line with the next step, the right exit code, no traceback and no output file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from avatron.cli import main

SPEAK = ["speak", "Hello."]


def complaint(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code and the one line on stderr; nothing may be on stdout."""
    code = main(arguments)
    captured = capsys.readouterr()
    lines = [line for line in captured.err.splitlines() if not line.startswith("avatron: note:")]
    assert captured.out == ""
    assert len(lines) == 1, captured.err
    assert "Traceback" not in captured.err
    assert lines[0].startswith("avatron: ")
    return code, lines[0]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["speak", ""], "empty"),
        (["speak", "   \n\t "], "empty"),
        (["speak", "\x01\x02\x03"], "control"),
        (["speak", "Привет, как дела?"], "Cyrillic"),
        (["speak", "你好，世界"], "Han"),
        (["speak", "a" * 10_000_000], "characters"),
        (["speak", "😀🎉"], "`😀🎉` holds nothing that can be spoken"),
        (["speak", "?!... —"], "holds nothing that can be spoken"),
        (["speak", "Hello Привет 你好"], "Cyrillic text (Russian, Ukrainian or a neighbour): `Привет`"),
        (["speak", "a" * 100_000], "a word of 100000 characters (`aaaaaaaaaaaaaaaaaaaa...`)"),
        (["speak", "ab" * 500_000], "a word of 1000000 characters"),
        (["speak", "[NASA](as: 你好)"], "Han"),
        (["speak", "[hi](rate 99)"], "rate 99, expected 0.5 .. 2"),
        (["speak", "[hi]({QQ1})"], "`QQ1`"),
        (["speak", "hi [pause -1s] there"], "pause of -1 s, expected 0 .. 10 s"),
        (["speak", "<speak>never closed"], "`<speak>` is never closed"),
        (["speak", "<speak>hi <b>there</b></speak>"], "`<b>` is not known"),
        (["speak", "<speak>Tom &foo; Jerry</speak>"], "`&foo;`"),
        (["speak", '<!DOCTYPE a [<!ENTITY b "c">]><speak>&b;</speak>'], "DOCTYPE"),
        ([*SPEAK, "--voice", "nobody"], "unknown voice `nobody`; known: lj"),
        ([*SPEAK, "--avatar", "nobody"], "unknown avatar `nobody`; known: ava"),
        ([*SPEAK, "--animator", "nobody"], "unknown animator `nobody`; known:"),
        ([*SPEAK, "--framing", "nobody"], "framing"),
        ([*SPEAK, "--light", "nobody"], "light"),
        ([*SPEAK, "--codec", "nobody"], "codec"),
        ([*SPEAK, "--format", "wav"], "`--format` is for stdout"),
        ([*SPEAK, "--background", "transparent"], "mp4 cannot hold transparency; write webm"),
        ([*SPEAK, "--voice", ""], "empty name"),
        ([*SPEAK, "--fps", "1e999999999"], "fps"),
        ([*SPEAK, "--size", "0x0"], "width 0"),
        ([*SPEAK, "--size", "511x512"], "512x512"),
        ([*SPEAK, "--size", "5000x512"], "16 .. 4096"),
        ([*SPEAK, "--size", "big"], "WIDTHxHEIGHT"),
        ([*SPEAK, "--fps", "0"], "fps"),
        ([*SPEAK, "--fps", "-25"], "fps"),
        ([*SPEAK, "--fps", "nan"], "fps"),
        ([*SPEAK, "--pace", "0"], "pace 0 is outside 0.5 .. 2"),
        ([*SPEAK, "--pace", "quick"], "slow, normal, fast"),
        ([*SPEAK, "--pace", "nan"], "pace"),
        ([*SPEAK, "--pitch", "-1"], "pitch"),
        ([*SPEAK, "--pitch", "nan"], "pitch"),
        ([*SPEAK, "--energy", "inf"], "energy"),
        ([*SPEAK, "--seed", "-1"], "seed"),
        ([*SPEAK, "--quality", "101"], "quality"),
        ([*SPEAK, "--background", "no-such-picture.png"], "no-such-picture.png"),
        ([*SPEAK, "--format", "avi"], "unknown output type `avi`; known: mp4"),
        (["speak"], "give either a text or `--file PATH`"),
        (["speak", "both", "--file", "x.txt"], "give either a text or `--file PATH`"),
        ([*SPEAK, "--no-such-option"], "--no-such-option"),
        (["speak", "Hello", "world"], "put a text of several words in quotes"),
        (["sing"], "sing"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_a_wrong_request_is_one_line_and_exit_2(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.mp4"
    whole = [*arguments, "-o", str(output)] if arguments[0] == "speak" else arguments
    code, line = complaint(whole, capsys)
    assert says in line
    assert code == 2 or "no-such-picture" in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["out.avi", "out", "nowhere/out.mp4"])
def test_an_output_that_cannot_be_is_refused_before_any_work(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, line = complaint([*SPEAK, "-o", str(tmp_path / name)], capsys)
    assert code in (1, 2)
    assert Path(name).name in line
    assert list(tmp_path.iterdir()) == []


def test_an_existing_output_is_refused_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "out.wav"
    output.write_bytes(b"mine")
    code, line = complaint([*SPEAK, "-o", str(output)], capsys)
    assert code == 2
    assert "--overwrite" in line
    assert output.read_bytes() == b"mine"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tmp_path.chmod(0o500)
    try:
        code, line = complaint([*SPEAK, "-o", str(tmp_path / "out.mp4")], capsys)
    finally:
        tmp_path.chmod(0o700)
    assert code == 1
    assert "writ" in line


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    code, line = complaint([*SPEAK, "-o", "/dev/full", "--format", "wav"], capsys)
    assert code in (1, 2)
    assert "/dev/full" in line


def test_a_background_that_is_no_picture_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fake = tmp_path / "fake.png"
    fake.write_bytes(b"not a picture at all")
    output = tmp_path / "out.mp4"
    code, line = complaint([*SPEAK, "--background", str(fake), "-o", str(output)], capsys)
    assert code in (1, 2)
    assert "fake.png" in line
    assert not output.exists()


def test_a_script_file_that_is_not_text_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "script.txt"
    script.write_bytes(b"\xff\xfe\x00hello")
    code, line = complaint(["speak", "-f", str(script), "-o", str(tmp_path / "out.wav")], capsys)
    assert code == 1
    assert "not UTF-8" in line
    missing = tmp_path / "missing.txt"
    code, line = complaint(["speak", "-f", str(missing), "-o", str(tmp_path / "out.wav")], capsys)
    assert code == 1
    assert "missing.txt" in line


def test_a_script_file_that_is_too_long_is_not_read_to_its_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "script.txt"
    script.write_text("word " * 2_000_000, encoding="utf-8")
    code, line = complaint(["speak", "-f", str(script), "-o", str(tmp_path / "out.wav")], capsys)
    assert code == 2
    assert "more than 1000000 characters; split it" in line


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"avatron no tab", "words.tsv:1: `avatron no tab` is not of the form WORD<TAB>PRONUNCIATION"),
        ("# fine\nhello\tɑ\nhello\tɑ\n".encode(), "words.tsv:3: `hello` is there already"),
        (b"hello\t/qq/", "words.tsv:1: `q` in `/qq/` is not in the phoneme inventory"),
        (b"hello\t{AA1" + b" AA1" * 1000 + b"}", "words.tsv:1: a pronunciation has 1001 phonemes"),
        (b"caf\xe9\tk", "words.tsv` is not UTF-8 (byte 3)"),
        (None, "cannot read the lexicon"),
    ],
)
def test_a_broken_lexicon_is_named_with_its_line(
    content: bytes | None, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lexicon, output = tmp_path / "words.tsv", tmp_path / "out.wav"
    if content is not None:
        lexicon.write_bytes(content)
    code, line = complaint([*SPEAK, "--lexicon", str(lexicon), "-o", str(output)], capsys)
    assert code in (1, 2)
    assert says in line
    assert not output.exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("He\x00llo \x07wor\x1bld.", "removed control characters at 3 places, the first U+0000"),
        ("[hello](slow and on.", "`[hello](slow and on.` is not a whole mark"),
        ("[hello](sloow) there.", "`sloow` is no mark and is left out"),
        ("<b>Hello</b> there.", "is no tag that is known and is read aloud"),
        ("Hello 😀 there 😀 and 😀.", "`😀` is not spoken"),
    ],
)
def test_what_is_spoken_all_the_same_is_remarked_on_once(
    text: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["speak", text, "-o", str(tmp_path / "out.wav")]) == 0
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith("avatron: note: ")
    assert says in said


def test_stdout_needs_a_format_that_can_be_piped(capsys: pytest.CaptureFixture[str]) -> None:
    assert "needs `--format`" in complaint([*SPEAK, "-o", "-"], capsys)[1]
    assert "gif cannot be written to a pipe" in complaint([*SPEAK, "-o", "-", "--format", "gif"], capsys)[1]


def test_a_damaged_voice_folder_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "voice"
    folder.mkdir()
    (folder / "config.json").write_text("{}", encoding="utf-8")
    code, line = complaint([*SPEAK, "--voice", f"{folder}", "-o", str(tmp_path / "out.wav")], capsys)
    assert code == 1
    assert "voice" in line
