"""The page in a real browser: from the first word to a file of answers that can be scored."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from avatron.evaluation.listening.answers import read_answers
from avatron.evaluation.listening.key import ListeningKey
from avatron.evaluation.listening.score import ScoreOptions, score_test
from reference.chromium import open_chromium

LISTENER = 5
FAINT_TEXTS = """() => {
    const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const linear = (part) => (part <= 10.31 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4);
    const light = (colour) => {
        const [red, green, blue] = numbers(colour).map(linear);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element) => {
        const colour = getComputedStyle(element).backgroundColor;
        return (numbers(colour)[3] ?? 1) > 0.5 ? colour : behind(element.parentElement);
    };
    const texts = [...document.querySelectorAll("main h1, main h2, main p, main li, main button, main summary")];
    return texts
        .filter((text) => text.textContent.trim() && text.offsetParent && !text.disabled && !text.closest(".screen"))
        .map((text) => {
            const both = [light(getComputedStyle(text).color), light(behind(text))].sort((one, other) => other - one);
            return [text.textContent.slice(0, 30), (both[0] + 0.05) / (both[1] + 0.05)];
        })
        .filter(([, contrast]) => contrast < 4.5);
}"""
"""Texts with less contrast than WCAG 2.1 AA asks of small ones, and how much they have."""
UNNAMED_CONTROLS = """() => {
    const named = (control) => control.getAttribute("aria-label") || control.textContent.trim()
        || control.labels?.[0]?.textContent.trim();
    const controls = [...document.querySelectorAll("button, input, textarea, a[href]")];
    return controls.filter((control) => !control.hidden && !named(control)).map((control) => control.outerHTML);
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: Any, smos_folder: Path) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1100, "height": 800}, accept_downloads=True)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.set_default_timeout(60_000)
    opened.goto(f"{(smos_folder / 'page' / 'index.html').as_uri()}?listener={LISTENER}")
    yield opened
    assert complaints == []
    context.close()


def skip_to_films(page: Any) -> None:
    """Past what comes before the first film that counts."""
    page.evaluate("() => { state.listensWith = 'loudspeakers'; state.practised = 9; go('films'); }")


def kept(page: Any) -> dict[str, Any]:
    return page.evaluate("() => JSON.parse(localStorage.getItem(place))")


def watch_both(page: Any) -> None:
    """By keys alone, as somebody without a mouse does."""
    for number in range(2):
        page.keyboard.press("Space")
        page.locator(".film .seen").nth(number).wait_for()


def test_a_listener_goes_from_the_first_word_to_a_file_that_is_scored(
    page: Any, smos_key: ListeningKey, tmp_path: Path
) -> None:
    assert page.title() == "A <b>tiny</b> test"
    page.get_by_role("button", name="Begin").click()
    # Wrong digits are answered with other ones, and nobody goes on before they are right.
    forward = page.get_by_role("button", name="Continue")
    page.get_by_role("button", name="Headphones").click()
    typed = page.get_by_label("The three digits")
    typed.fill("000")
    typed.press("Enter")
    page.get_by_text("That is not what was said").wait_for()
    assert forward.is_disabled()
    typed.fill(page.evaluate("() => config.sounds[1].digits"))
    typed.press("Enter")
    forward.click()
    page.get_by_role("button", name="Play three noises").wait_for()
    page.evaluate("at => { state.headphones = at; go('practice'); }", list(smos_key.pitch_at))
    for _ in range(2):
        watch_both(page)
        page.keyboard.press("3")
        page.keyboard.press("Enter")
    # The key, which the page never had, says what each film asks for.
    for place in smos_key.plans[LISTENER]:
        stimulus = smos_key.stimuli[place]
        page.locator("#where").get_by_text("Film ").wait_for()
        watch_both(page)
        rating = stimulus.expected or {"recorded": 5, "rules": 3}.get(stimulus.system or "", 1)
        page.keyboard.press(str(rating))
        page.keyboard.press("Enter")
    page.get_by_label("anything you would like to say").fill("Nice films, <really>.")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save my answers").click()
    file = tmp_path / "answers.json"
    download.value.save_as(file)
    result = score_test(smos_key, read_answers([file], smos_key), ScoreOptions(headphones=True))
    assert {system["system"]: system["mean"] for system in result["systems"]} == {
        "recorded": 5.0,
        "rules": 3.0,
        "early sound": 1.0,
    }
    assert result["comments"] == ["Nice films, <really>."]
    assert result["passed_headphone_test"] == 1
    written = json.loads(file.read_text("utf-8"))
    assert written["sound_tries"] == 2
    assert len(written["practice"]) == 2
    assert all(answer["plays"] == 1 and answer["reference_plays"] == 1 for answer in written["answers"])


def test_no_answer_is_taken_before_both_films_were_watched_to_their_end(page: Any) -> None:
    skip_to_films(page)
    answer, forward = page.locator("fieldset input").first, page.get_by_role("button", name="Next")
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    assert answer.is_disabled() and forward.is_disabled()
    page.keyboard.press("Space")
    page.locator(".film .seen").first.wait_for()
    assert answer.is_disabled()
    # Jumping to the end is not watching.
    page.evaluate(
        """() => new Promise((done) => {
            const video = document.querySelectorAll("main video:not([hidden])")[1];
            video.addEventListener("ended", () => setTimeout(done, 50), { once: true });
            video.currentTime = video.duration - 0.05;
            video.play();
        })"""
    )
    page.get_by_text("from beginning to end").wait_for()
    assert answer.is_disabled()
    page.get_by_role("button", name="Play again: To judge").click()
    page.locator(".film .seen").nth(1).wait_for()
    assert answer.is_enabled() and forward.is_disabled()
    page.get_by_role("radio", name="4, Good").check()
    forward.click()
    assert kept(page)["position"] == 1 and kept(page)["answers"][0]["rating"] == 4


def test_a_reload_loses_nothing(page: Any) -> None:
    skip_to_films(page)
    watch_both(page)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    page.locator("#where").get_by_text("Film 2 of").wait_for()
    before = kept(page)
    # The browser's own process writes down what a page keeps, a moment later.
    page.wait_for_timeout(1000)
    page.reload()
    assert kept(page) == before
    page.locator("#where").get_by_text("Film 2 of").wait_for()
    assert len(before["answers"]) == 1


def test_listeners_who_are_numbered_follow_their_own_plans(page: Any, smos_key: ListeningKey) -> None:
    for listener in (0, 3, len(smos_key.plans) + 3):
        page.goto(f"{page.url.split('?')[0]}?listener={listener}")
        page.get_by_role("button", name="Begin").wait_for()
        skip_to_films(page)
        seen = page.locator(".film video").nth(1).get_attribute("src")
        first = smos_key.stimuli[smos_key.plans[listener % len(smos_key.plans)][0]]
        assert seen.split("/")[-1].split(".")[0] == first.id


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (390, "light"), (1440, "dark")])
def test_nothing_is_wider_than_the_screen_and_text_stands_out(page: Any, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    for step in ("welcome", "sound", "headphones", "practice", "films", "end"):
        page.evaluate(
            "step => { state.listensWith = 'headphones'; state.practised = step === 'practice' ? 0 : 9; go(step); }",
            step,
        )
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), step
        low = page.evaluate(FAINT_TEXTS)
        assert low == [], step


def test_every_control_has_a_name(page: Any) -> None:
    for step in ("welcome", "sound", "headphones", "films", "end"):
        page.evaluate("step => { state.practised = 9; state.listensWith = 'headphones'; go(step); }", step)
        unnamed = page.evaluate(UNNAMED_CONTROLS)
        assert unnamed == [], step
        assert page.evaluate("() => document.querySelectorAll('h1, h2').length") >= 1


class Collector(http.server.BaseHTTPRequestHandler):
    """Takes answers, and refuses the first ones."""

    taken: list[dict[str, Any]]
    refusals = 1

    def do_OPTIONS(self) -> None:
        self._reply(204)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if type(self).refusals:
            type(self).refusals -= 1
            self._reply(503)
            return
        type(self).taken.append(json.loads(body))
        self._reply(200)

    def _reply(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Headers", "content-type")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_answers_are_sent_where_the_test_says_and_sent_again_where_that_fails(
    browser: Any, smos_folder: Path, tmp_path: Path
) -> None:
    Collector.taken = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        address = f"http://127.0.0.1:{server.server_port}/answers"
        text = (smos_folder / "page" / "index.html").read_text("utf-8")
        text = text.replace("connect-src 'none'", f"connect-src http://127.0.0.1:{server.server_port}")
        (tmp_path / "index.html").write_text(text.replace('"post": null', f'"post": "{address}"'), encoding="utf-8")
        (tmp_path / "media").symlink_to(smos_folder / "page" / "media")
        context = browser.new_context()
        page = context.new_page()
        page.goto((tmp_path / "index.html").as_uri())
        page.get_by_text("are sent to 127.0.0.1").wait_for()
        page.evaluate("() => { state.position = 99; state.practised = 9; go('films'); }")
        page.get_by_role("button", name="Send my answers").click()
        page.get_by_text("could not be sent (the server said 503)").wait_for()
        page.get_by_role("button", name="Send again").click()
        page.get_by_text("have arrived").wait_for()
        assert [one["format"] for one in Collector.taken] == ["avatron-listening-answers"]
        page.reload()
        page.get_by_text("have arrived").wait_for()
        context.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_film_that_does_not_load_says_so_and_can_be_tried_again(
    browser: Any, smos_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text((smos_folder / "page" / "index.html").read_text("utf-8"), encoding="utf-8")
    context = browser.new_context()
    page = context.new_page()
    page.goto((tmp_path / "index.html").as_uri())
    skip_to_films(page)
    page.get_by_text("This film does not load").first.wait_for()
    (tmp_path / "media").symlink_to(smos_folder / "page" / "media")
    for number in range(2):
        page.locator(".screen button").nth(number).click()
    page.locator(".film.broken").nth(0).wait_for(state="detached")
    for number in range(2):
        page.locator(".screen button").nth(number).click()
        page.locator(".film .seen").nth(number).wait_for()
    context.close()
