"""The gallery: what its folder holds; in a real browser, films that keep step, load late and are heard one by one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from avatron.errors import InvalidValueError, OutputExistsError, UnreadableFileError
from avatron.evaluation.face.score import MEASURES
from avatron.evaluation.films.page import origin_of
from avatron.evaluation.films.systems import FilmSet, read_film_set
from avatron.evaluation.gallery.build import GalleryOptions, build_gallery, split_pace
from avatron.evaluation.gallery.metrics import FIRST, metric_tables, read_metrics
from reference.chromium import open_chromium
from reference.tiny_films import film_type, write_film

SYSTEMS = ("recorded", "new", "old")
SENTENCES = tuple(f"s{number}" for number in range(8))


def bench_result() -> dict[str, Any]:
    """What `avatron bench face` writes, as far as the page reads it."""

    def cell(mean: float) -> dict[str, Any]:
        return {"mean": mean, "low": 0.9 * mean, "high": 1.1 * mean, "count": 45}

    values = {"recorded": (0.0, 0.99, 1.0, 1.0), "new": (2e-6, 0.98, 0.9, 5.0), "old": (3e-6, 0.6, 1.05, 7.0)}
    keys = ("lve_m2", "closure", "range_ratio", "warp_ms")
    return {
        "conditions": {"oracle": None, "slow": 0.8},
        "measures": {
            "lve_m2": {"title": "LVE", "unit": "m^2", "better": "lower", "best": None},
            "closure": {"title": "closed", "unit": "share", "better": "higher", "best": None},
            "range_ratio": {"title": "range / true", "unit": "ratio", "better": "neither", "best": 1.0},
            "warp_ms": {"title": "warp", "unit": "ms", "better": "neither"},
        },
        "rows": [
            {
                "name": name,
                "reference": name == "recorded",
                "conditions": {"oracle": {key: cell(mean) for key, mean in zip(keys, means, strict=True)}},
            }
            for name, means in values.items()
        ],
    }


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> FilmSet:
    folder, kind = tmp_path_factory.mktemp("films"), film_type()
    colours = {"recorded": (180, 40, 40), "new": (40, 150, 60), "old": (50, 60, 190)}
    for system, colour in colours.items():
        first = write_film(folder / system / f"s0-normal.{kind}", colour, 1.6 if system == "recorded" else 2.0)
        for sentence in SENTENCES[1:]:
            (folder / system / f"{sentence}-normal.{kind}").write_bytes(first.read_bytes())
        write_film(folder / system / f"s0-slow.{kind}", colour, 2.4)
    (folder / "recorded" / "s0-normal.txt").write_text("Mind the <i>gap</i>.\n", encoding="utf-8")
    return read_film_set([(system, folder / system) for system in SYSTEMS])


@pytest.fixture(scope="module")
def folder(films: FilmSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("gallery") / "gallery"
    assert build_gallery(films, output, GalleryOptions(title="All & sundry", metrics=[bench_result()])) > 10_000
    return output


def test_the_folder_holds_every_film_its_first_picture_and_nothing_from_elsewhere(folder: Path) -> None:
    text = (folder / "index.html").read_text("utf-8")
    config = json.loads(re.search(r'id="config">(.*?)</script>', text, re.DOTALL)[1])
    named = {film[part] for one in config["sentences"] for pace in one["paces"].values() for film in pace.values()
             for part in ("src", "poster")}  # fmt: skip
    assert {str(path.relative_to(folder)) for path in folder.rglob("*.*")} == named | {"index.html"}
    assert len(named) == 2 * len(SYSTEMS) * (len(SENTENCES) + 1)
    assert config["paces"] == ["slow", "normal"]
    assert config["sentences"][0]["text"] == "Mind the <i>gap</i>." and "<i>gap" not in text
    assert "<title>All &amp; sundry</title>" in text
    assert not re.search(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""", text)


def test_names_say_the_pace_at_their_end_only() -> None:
    assert split_pace("s01-slow") == ("s01", "slow")
    assert split_pace("bin-blue-fast") == ("bin-blue", "fast")
    assert split_pace("slow") == ("slow", "normal")
    assert split_pace("-slow") == ("-slow", "normal")
    assert split_pace("fast-car") == ("fast-car", "normal")


def test_tables_mark_the_best_system_of_each_measure_but_never_the_reference() -> None:
    (table,) = metric_tables(bench_result())
    assert [system["reference"] for system in table["systems"]] == [True, False, False]
    found = {measure["key"]: measure for measure in table["measures"]}
    best = {key: [cell["best"] for cell in measure["cells"]] for key, measure in found.items()}
    assert best == {
        "lve_m2": [False, True, False],
        "closure": [False, True, False],
        "range_ratio": [False, False, True],
        "warp_ms": [False, False, False],
    }
    assert found["lve_m2"]["unit"] == "mm²" and found["lve_m2"]["cells"][1]["mean"] == pytest.approx(2.0)
    assert found["lve_m2"]["cells"][1]["half"] == pytest.approx(0.2)
    assert [found[key]["direction"] for key in found] == ["↑", "→ 1", "↓", ""]


def test_results_on_public_meshes_have_the_bench_s_own_words_for_their_measures(tmp_path: Path) -> None:
    document = bench_result()
    del document["measures"]
    (tmp_path / "vocaset.json").write_text(json.dumps(document))
    (table,) = metric_tables(read_metrics(tmp_path / "vocaset.json"))
    assert {measure["title"] for measure in table["measures"]} >= {MEASURES["lve_m2"].title, MEASURES["closure"].title}


def test_measures_that_stand_first_are_measures_of_the_bench() -> None:
    assert set(FIRST) <= set(MEASURES)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": []}, "no `rows`"),
        ({"measures": {"x": {}}}, "without title"),
        ({"rows": [{"name": "a"}]}, "without name and conditions"),
        ({"rows": [{"name": "a", "conditions": {"oracle": {"lve_m2": {"mean": "0"}}}}]}, "no number"),
    ],
)
def test_metrics_of_another_kind_are_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = tmp_path / "face.json"
    path.write_text(json.dumps(bench_result() | change))
    with pytest.raises(UnreadableFileError, match=message):
        read_metrics(path)


def test_damaged_metrics_are_refused(tmp_path: Path) -> None:
    (tmp_path / "face.json").write_text("{")
    with pytest.raises(UnreadableFileError, match="damaged"):
        read_metrics(tmp_path / "face.json")
    with pytest.raises(UnreadableFileError, match="cannot read"):
        read_metrics(tmp_path / "missing.json")
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(UnreadableFileError, match="no JSON object"):
        read_metrics(tmp_path / "list.json")


def test_only_a_gallery_is_replaced(films: FilmSet, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("my home page")
    with pytest.raises(OutputExistsError, match="no gallery"):
        build_gallery(films, tmp_path, overwrite=True)
    with pytest.raises(OutputExistsError, match="exists"):
        build_gallery(films, folder)


def test_addresses_are_cut_to_what_a_page_may_connect_to() -> None:
    assert origin_of("https://example.org/answers?test=1") == "https://example.org"
    assert origin_of("http://127.0.0.1:8000/x") == "http://127.0.0.1:8000"
    for wrong in ("example.org", "ftp://example.org", "https://", "https://a b", "http://a:99999999/", "https://x'; *"):
        with pytest.raises(InvalidValueError, match="address"):
            origin_of(wrong)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: Any, folder: Path) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1200, "height": 700})
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.set_default_timeout(60_000)
    opened.goto((folder / "index.html").as_uri())
    yield opened
    assert complaints == []
    context.close()


def places(page: Any) -> list[float]:
    """Where each film of the chosen sentence is, in seconds."""
    return page.evaluate("() => player.group.films.map((one) => one.video.currentTime)")


def until(page: Any, claim: str) -> None:
    """Wait for what a slow machine takes long to do; the page's policy forbids playwright's own way of waiting."""
    for _ in range(600):
        if page.evaluate(claim):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never: {claim}")


def test_one_button_plays_all_films_and_stops_them(page: Any) -> None:
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, "() => player.group.films.every((one) => one.video.currentTime > 0.1)")
    page.get_by_role("button", name="Pause", exact=True).click()
    assert page.evaluate("() => player.group.films.every((one) => one.video.paused)")


def test_a_film_that_falls_behind_comes_back_into_step(page: Any) -> None:
    page.get_by_label("Speed").select_option("0.25")
    page.get_by_role("button", name="Loop").click()
    page.evaluate("() => { choose(groups[0]); start(0); }")
    until(page, "() => player.group.films.every((one) => one.video.currentTime > 0.25)")
    # Less than what is made good by a jump, and not beyond the film's start.
    page.evaluate("() => { player.group.films[1].video.currentTime -= 0.2; }")
    apart = "Math.abs(player.group.films[1].video.currentTime - player.group.films[0].video.currentTime)"
    assert page.evaluate(f"() => {apart}") > 0.1
    until(page, f"() => {apart} < 0.06")
    assert page.evaluate("() => player.playing")


def test_all_films_are_sought_at_once_and_steps_are_one_picture(page: Any) -> None:
    page.evaluate("() => seek(1.0)")
    assert places(page) == pytest.approx([1.0, 1.0, 1.0], abs=0.01)
    page.locator("h1").click()
    page.keyboard.press(".")
    page.get_by_text("1.0 /").wait_for()
    page.wait_for_timeout(300)
    assert places(page) == pytest.approx([1.04, 1.04, 1.04], abs=0.01)
    # Beyond the end of the shorter one, that one stands at its end.
    page.evaluate("() => seek(1.9)")
    assert places(page) == pytest.approx([1.6, 1.9, 1.9], abs=0.05)


def test_exactly_one_film_is_heard(page: Any) -> None:
    heard = "() => groups.flatMap((group) => group.films.filter((one) => !one.video.muted).map((one) => one.system))"
    assert page.evaluate(heard) == ["recorded"]
    page.get_by_role("button", name="Hear old").first.click()
    assert page.evaluate(heard) == ["old"]
    page.get_by_label("Whose voice is heard").select_option("new")
    assert page.evaluate(heard) == ["new"]
    page.locator("h1").click()
    page.keyboard.press("1")
    assert page.evaluate(heard) == ["recorded"]
    page.keyboard.press("n")
    assert page.evaluate(heard) == ["recorded"]
    assert page.evaluate("() => player.group.sentence.name") == "s1"


def test_films_far_below_are_not_loaded_before_they_come_near(page: Any) -> None:
    page.wait_for_timeout(300)
    loaded = "() => groups.map((group) => group.films.every((one) => one.video.src !== ''))"
    assert page.evaluate(loaded)[0] and not page.evaluate(loaded)[-1]
    page.evaluate("() => groups.at(-1).section.scrollIntoView()")
    until(page, "() => groups.at(-1).films.every((one) => one.video.src !== '')")


def test_films_begin_again_where_they_loop_and_stop_where_they_do_not(page: Any) -> None:
    page.evaluate(
        """() => {
            window.begun = 0;
            player.group.films[1].video.addEventListener("playing", () => { window.begun += 1; });
        }"""
    )
    page.get_by_label("Speed").select_option("1.5")
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, "() => window.begun >= 2")
    assert page.evaluate("() => player.group.leader.video.playbackRate") == 1.5
    page.get_by_role("button", name="Loop").click()
    page.get_by_role("button", name="Play", exact=True).wait_for()
    assert places(page) == pytest.approx([1.6, 2.0, 2.0], abs=0.1)


def test_another_pace_shows_other_films_of_the_same_sentence(page: Any) -> None:
    before = page.evaluate("() => player.group.films.map((one) => one.film.seconds)")
    page.get_by_label("Pace of speech").select_option("slow")
    after = page.evaluate("() => player.group.films.map((one) => one.film.seconds)")
    assert max(before) < 2.2 < min(after)


def test_the_numbers_stand_below_and_all_of_them_can_be_asked_for(page: Any) -> None:
    rows = page.locator("#tables tbody tr")
    assert rows.count() == 2
    assert rows.first.locator("td.best").inner_text().startswith("0.98")
    page.get_by_role("button", name="All measures").click()
    assert rows.count() == 4


@pytest.mark.parametrize("width", [360, 800, 1600])
def test_nothing_is_wider_than_the_screen(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("() => document.querySelector('#transport').getBoundingClientRect().right <= innerWidth")
