"""How well and how fast text becomes phonemes: agreement with aligned recordings, throughput, cold start.

    python benchmarks/text.py LJSPEECH_FOLDER [--disagreements N]

The folder holds `metadata.csv` and `alignments.json` (words and ARPAbet phones of an aligner, which chose among the
pronunciations of its own dictionary by the sound). Agreement is 1 - (edits / reference phones), pauses left out.
"""

from __future__ import annotations

import argparse
import difflib
import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from avatron.evaluation.edits import edit_distance
from avatron.text.english.frontend import EnglishFrontend
from avatron.text.inventory import is_pause, symbol_to_arpabet
from record import write_result

COLD = "import time; s = time.perf_counter(); from avatron.text.english.frontend import EnglishFrontend; EnglishFrontend().phonemize('The quick brown fox jumps over a lazy dog.'); print(time.perf_counter() - s)"  # noqa: E501


def aligned_phones(clip: dict[str, list[list[object]]]) -> list[str]:
    return [str(phone) for _, _, phone in clip["phones"] if phone not in ("sp", "sil", "spn", "")]


def agreement(folder: Path, show: int) -> dict[str, object]:
    """Phone agreement over all clips without unknown words, and the commonest disagreements by word."""
    alignments = json.loads((folder / "alignments.json").read_text(encoding="utf-8"))
    frontend = EnglishFrontend()
    with_stress, without_stress, phones, clips = 0, 0, 0, 0
    wrong: Counter[tuple[str, str, str]] = Counter()
    for line in (folder / "metadata.csv").read_text(encoding="utf-8").splitlines():
        name, written, _ = line.split("|")
        clip = alignments.get(name)
        if clip is None or any(phone == "spn" for _, _, phone in clip["phones"]):
            continue
        sequence = frontend.phonemize(written)
        given = [symbol_to_arpabet(symbol) for symbol in sequence.symbols if not is_pause(symbol)]
        reference = aligned_phones(clip)
        with_stress += edit_distance(reference, given)
        without_stress += edit_distance([p.rstrip("012") for p in reference], [p.rstrip("012") for p in given])
        phones += len(reference)
        clips += 1
        if show:
            compare_words(clip, frontend, written, wrong)
    for (word, wanted, found), count in wrong.most_common(show):
        print(f"{count:4d} {word:16s} aligned {wanted:30s} ours {found}", file=sys.stderr)
    return {
        "clips": clips,
        "phones": phones,
        "agreement_with_stress": round(1 - with_stress / phones, 4),
        "agreement_without_stress": round(1 - without_stress / phones, 4),
    }


def compare_words(
    clip: dict[str, list[list[object]]], frontend: EnglishFrontend, written: str, wrong: Counter[tuple[str, str, str]]
) -> None:
    pairs = frontend.spoken_phonemes(written)
    spoken, phonemes = [word for word, _ in pairs], [symbols for _, symbols in pairs]
    words = [(str(w), s, e) for s, e, w in clip["words"] if w]
    matcher = difflib.SequenceMatcher(None, [w for w, _, _ in words], [w.lower() for w in spoken], autojunk=False)
    for start, ours, length in matcher.get_matching_blocks():
        for offset in range(length):
            word, begins, ends = words[start + offset]
            wanted = " ".join(
                str(p)
                for s, e, p in clip["phones"]
                if s >= begins - 1e-4 and e <= ends + 1e-4 and p not in ("sp", "sil")  # type: ignore[operator]
            )
            found = " ".join(map(symbol_to_arpabet, phonemes[ours + offset]))
            if wanted != found:
                wrong[(word, wanted, found)] += 1


def throughput(folder: Path) -> dict[str, object]:
    """Words per second, warm, over the clips' texts."""
    texts = [line.split("|")[1] for line in (folder / "metadata.csv").read_text(encoding="utf-8").splitlines()]
    frontend = EnglishFrontend()
    words = sum(len(frontend.phonemize(text).words) for text in texts)
    rates = []
    for _ in range(5):
        start = time.perf_counter()
        for text in texts:
            frontend.phonemize(text)
        rates.append(words / (time.perf_counter() - start))
    return {
        "words": words,
        "words_per_second_median": round(statistics.median(rates)),
        "words_per_second_best": round(max(rates)),
    }


def cold_start() -> dict[str, object]:
    """Seconds from the import to the first sentence, in a new process."""
    times = [
        float(subprocess.run([sys.executable, "-c", COLD], capture_output=True, text=True, check=True).stdout)
        for _ in range(7)
    ]
    return {"seconds_median": round(statistics.median(times), 3), "seconds_best": round(min(times), 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the LJSpeech folder")
    parser.add_argument("--disagreements", type=int, default=0, help="print the commonest disagreements")
    parsed = parser.parse_args()
    result = {
        "agreement": agreement(parsed.folder, parsed.disagreements),
        "throughput": throughput(parsed.folder),
        "cold_import_and_first_sentence": cold_start(),
        "note": "agreement with an aligner's choices among its dictionary's pronunciations; the machine was shared",
    }
    print(json.dumps(result, indent=2))
    print(write_result("text", result))


if __name__ == "__main__":
    main()
