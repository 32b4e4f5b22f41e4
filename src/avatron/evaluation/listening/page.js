"use strict";
// One listener's way through the test. Everything they do is in `state`, and `state` is kept after each step.
const config = JSON.parse(document.getElementById("config").textContent);
const main = document.getElementById("main");
const address = new URLSearchParams(location.search);

// ---------------------------------------------------------------- what is kept

const askedFor = /^\d{1,9}$/.test(address.get("listener") ?? "") ? Number(address.get("listener")) : null;
const participant = (address.get("participant") ?? address.get("PROLIFIC_PID") ?? "").slice(0, 100) || null;
// Another listener on this device, named in the address, has answers of their own.
const place = ["avatron-listening", config.test, askedFor ?? "", participant ?? ""].join(" ");
let keeps = true;

function beginning() {
  const random = crypto.getRandomValues(new Uint32Array(5));
  return {
    session: [...random.subarray(0, 4)].map((word) => word.toString(16).padStart(8, "0")).join(""),
    listener: askedFor ?? random[4] % config.plans.length,
    participant, step: "welcome", position: 0, practised: 0, answers: [], practice: [],
    soundTries: 0, listensWith: null, headphones: [], comment: "", started: null, finished: null, sent: false,
  };
}

function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(place));
    return found && found.session ? found : null;
  } catch { return null; }
}

function keep() {
  try { localStorage.setItem(place, JSON.stringify(state)); } catch { keeps = false; }
}

let state = kept() ?? beginning();
const plan = () => config.plans[state.listener % config.plans.length];

// ---------------------------------------------------------------- small tools

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name === "className" ? "class" : name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const ICONS = {
  play: '<svg viewBox="0 0 24 24" aria-hidden="true"><path class="full" d="M8 5.2v13.6c0 .8.9 1.3 1.6.8l10-6.8a1 1 0 0 0 0-1.6l-10-6.8c-.7-.5-1.6 0-1.6.8z"/></svg>',
  again: '<svg viewBox="0 0 24 24" aria-hidden="true"><path fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" d="M4 12a8 8 0 1 0 2.6-5.9M4 4v4.5h4.5"/></svg>',
  system: '<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="8"/><path class="full" d="M12 4a8 8 0 0 1 0 16z"/></svg>',
  light: '<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="4"/><path d="M12 2.8v2M12 19.2v2M2.8 12h2M19.2 12h2M5.5 5.5l1.4 1.4M17.1 17.1l1.4 1.4M5.5 18.5l1.4-1.4M17.1 6.9l1.4-1.4"/></svg>',
  dark: '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M20 14.2A8.2 8.2 0 0 1 9.8 4a8.2 8.2 0 1 0 10.2 10.2z"/></svg>',
};
function icon(name) {
  const holder = document.createElement("template");
  holder.innerHTML = ICONS[name];
  return holder.content.firstChild;
}
function button(label, onclick, { main: isMain = false, ...more } = {}) {
  return make("button", { type: "button", className: `button${isMain ? " main" : ""}`, onclick, ...more }, label);
}
function say(text) { document.getElementById("said").textContent = text; }
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const now = () => new Date().toISOString();

// ---------------------------------------------------------------- light and dark

const THEMES = ["system", "light", "dark"];
const atNight = matchMedia("(prefers-color-scheme: dark)");
let theme = "system";
try { theme = THEMES.includes(localStorage.getItem("avatron-theme")) ? localStorage.getItem("avatron-theme") : "system"; } catch { /* not kept */ }
function showTheme() {
  document.documentElement.dataset.theme = theme === "system" ? (atNight.matches ? "dark" : "light") : theme;
  const switcher = document.getElementById("theme");
  switcher.replaceChildren(icon(theme));
  switcher.setAttribute("aria-label", `Colours: ${theme}. Change`);
  switcher.title = `Colours: ${theme}`;
}
document.getElementById("theme").addEventListener("click", () => {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  try { localStorage.setItem("avatron-theme", theme); } catch { /* not kept */ }
  showTheme();
});
atNight.addEventListener("change", showTheme);
showTheme();

// ---------------------------------------------------------------- steps

const STEPS = ["welcome", "sound", "headphones", "practice", "films", "end"];
const pages = {};
let keyboard = () => false;

function go(step) {
  if (step === "headphones" && (!config.noises.length || state.listensWith !== "headphones")) step = "practice";
  if (step === "practice" && state.practised >= config.practice.length) step = "films";
  if (step === "films" && state.position >= plan().length) step = "end";
  state.step = step;
  keep();
  show();
}

function show() {
  for (const medium of document.querySelectorAll("video, audio")) medium.pause();
  keyboard = () => false;
  main.className = "";
  const section = make("section", {});
  pages[state.step](section);
  if (!keeps) section.prepend(make("p", { className: "warning small" }, "This browser keeps nothing for this page: if you reload it, you begin anew."));
  main.replaceChildren(section);
  const bar = document.getElementById("progress"), where = document.getElementById("where");
  const judging = state.step === "films";
  bar.hidden = !judging;
  bar.value = state.position / plan().length;
  where.textContent = judging ? `Film ${state.position + 1} of ${plan().length}` : state.step === "practice" ? "Practice" : "";
  const heading = section.querySelector("h1, h2, legend");
  if (heading && state.step !== "welcome") { heading.tabIndex = -1; heading.focus({ preventScroll: true }); }
  scrollTo(0, 0);
}

pages.welcome = (section) => {
  const judged = config.plans[state.listener % config.plans.length].length;
  section.append(
    make("h1", {}, config.title),
    make("p", { className: "lead" },
      `You will see ${judged} short films of a person who speaks, and give each of them one to five points. ` +
      `It takes about ${config.minutes} minutes, and there are no wrong answers.`),
    make("ol", { className: "steps" },
      make("li", {}, make("span", {}, "Find a quiet place and put on headphones, if you have some.")),
      make("li", {}, make("span", {}, "Watch each film to its end; you may watch it again.")),
      make("li", {}, make("span", {}, "Follow your first impression. A few films ask you, in words, for a certain answer: they are there to see whether the sound reaches you."))),
    make("div", { className: "row" }, button("Begin", () => { state.started ??= now(); go("sound"); }, { main: true })),
    make("p", { className: "small quiet" },
      (config.post
        ? `Your answers are sent to ${new URL(config.post).host} when you finish, and not before. `
        : "Your answers stay in this browser until you finish; then you save them as a file. ") +
      "They hold no name: points, times, the type of your browser, and what you write yourself. You can stop at any time by closing the page; if you come back, you go on where you were." +
      (config.contact ? ` Questions: ${config.contact}.` : "")));
};

pages.sound = (section) => {
  let trial = state.soundTries % config.sounds.length;
  const audio = new Audio(config.sounds[trial].src);
  const answer = make("input", { type: "text", inputmode: "numeric", autocomplete: "off", maxlength: 5, placeholder: "1 2 3", "aria-describedby": "heard" });
  const heard = make("p", { id: "heard", className: "small", "aria-live": "polite" });
  const with_ = make("div", { className: "row", role: "group", "aria-label": "What do you listen with?" });
  let passed = false;
  const on = button("Continue", () => go("headphones"), { main: true, disabled: true });
  const ready = () => { on.disabled = !(passed && state.listensWith); };
  const listen = button([icon("play"), "Play three digits"], () => { audio.currentTime = 0; audio.play(); });
  audio.addEventListener("error", () => { heard.textContent = "The sound does not load. Check your connection and reload the page."; heard.className = "small warning"; });
  const check = () => {
    state.soundTries += 1;
    keep();
    if (answer.value.replace(/\D/g, "") === config.sounds[trial].digits) {
      passed = true;
      answer.disabled = tell.disabled = true;
      heard.textContent = "That is right. Please leave the volume as it is now.";
      heard.className = "small";
    } else {
      trial = (trial + 1) % config.sounds.length;
      audio.src = config.sounds[trial].src;
      answer.value = "";
      heard.textContent = "That is not what was said. Turn the volume up, play the next three digits and try again.";
      heard.className = "small warning";
      listen.focus();
    }
    ready();
  };
  const tell = button("Check", check);
  answer.addEventListener("keydown", (event) => { if (event.key === "Enter") check(); });
  for (const [name, label] of [["headphones", "Headphones"], ["loudspeakers", "Loudspeakers"]]) {
    const choose = button(label, () => {
      state.listensWith = name;
      for (const other of with_.children) other.setAttribute("aria-pressed", String(other === choose));
      for (const other of with_.children) other.classList.toggle("main", other === choose);
      keep(); ready();
    }, { "aria-pressed": String(state.listensWith === name), ...(state.listensWith === name ? { main: true } : {}) });
    with_.append(choose);
  }
  section.append(
    make("h2", {}, "Can you hear?"),
    make("p", { className: "lead" }, "Set the volume so that the voice is as loud as somebody who sits at your table."),
    make("div", { className: "card" },
      make("p", {}, "Which digits do you hear?"),
      make("div", { className: "row" }, listen, make("label", {}, make("span", { className: "hidden-text" }, "The three digits"), answer), tell),
      heard),
    make("div", { className: "card" }, make("p", {}, "What do you listen with?"), with_),
    make("div", { className: "foot" }, make("span", {}), on));
};

pages.headphones = (section) => {
  const trial = state.headphones.length;
  const audios = config.noises[trial].map((src) => new Audio(src));
  for (const audio of audios) audio.preload = "auto";
  let played = false;
  const choices = audios.map((_, interval) => button(String(interval + 1), () => {
    if (!played) return;
    state.headphones.push(interval);
    keep();
    if (state.headphones.length >= config.noises.length) go("practice"); else show();
  }, { disabled: true, "aria-label": `Noise ${interval + 1}` }));
  const start = button([icon("play"), "Play three noises"], async () => {
    start.disabled = true;
    for (const [interval, audio] of audios.entries()) {
      choices[interval].classList.add("sounding");
      audio.currentTime = 0;
      await new Promise((done) => { audio.onended = audio.onerror = done; audio.play().catch(done); });
      choices[interval].classList.remove("sounding");
      await new Promise((done) => setTimeout(done, 350));
    }
    played = true;
    start.disabled = false;
    start.replaceChildren(icon("again"), "Play again");
    for (const choice of choices) choice.disabled = false;
    say("Which noise had a faint tone? One, two or three.");
  });
  section.append(
    make("h2", {}, "Do your headphones sit?"),
    make("p", { className: "lead" }, "Three noises; within one of them a faint, steady tone can be heard. Which one is it? If you are not sure, guess."),
    make("div", { className: "card" },
      make("p", { className: "small quiet" }, `${trial + 1} of ${config.noises.length}`),
      start, make("div", { className: "choice", role: "group", "aria-label": "The noise with a tone" }, choices)));
  keyboard = (key) => {
    if (key === " " && !start.disabled) { start.click(); return true; }
    if (/^[1-3]$/.test(key) && played) { choices[Number(key) - 1].click(); return true; }
    return false;
  };
};

// ---------------------------------------------------------------- films

// A film that can be played and played again, but neither sought nor sped up.
function player(src, [width, height], label, onseen) {
  const video = make("video", { src, preload: "auto", playsinline: true, disablepictureinpicture: true, disableremoteplayback: true, tabindex: "-1" });
  const mark = make("i", {}, icon("play"));
  const cover = make("button", { type: "button", "aria-label": `Play: ${label}` }, mark);
  const bar = make("b", {});
  const status = make("span", {}, "");
  const figure = make("figure", { className: "film loading" },
    make("div", { className: "screen" }, video, cover, make("div", { className: "line", "aria-hidden": "true" }, bar)),
    make("figcaption", {}, make("strong", {}, label), status));
  figure.style.setProperty("--aspect", width / height);
  const film = { figure, video, cover, plays: 0, stalls: 0, seen: false };
  let frame = 0, running = false;
  const watched = () => {
    let sum = 0;
    for (let part = 0; part < video.played.length; part++) sum += video.played.end(part) - video.played.start(part);
    return sum / (video.duration || 1);
  };
  const follow = () => {
    bar.style.transform = `scaleX(${Math.min(video.currentTime / (video.duration || 1), 1)})`;
    frame = requestAnimationFrame(follow);
  };
  film.play = () => {
    if (running || figure.classList.contains("broken")) return;
    for (const other of document.querySelectorAll("video, audio")) if (other !== video) other.pause();
    video.currentTime = 0;
    video.playbackRate = 1;
    video.muted = false;
    video.play().catch(() => { status.textContent = "Tap the film to play it"; });
  };
  film.retry = () => { figure.classList.remove("broken"); figure.classList.add("loading"); status.textContent = ""; video.load(); };
  cover.addEventListener("click", () => { if (figure.classList.contains("broken")) film.retry(); else film.play(); });
  video.addEventListener("canplaythrough", () => figure.classList.remove("loading"));
  video.addEventListener("playing", () => {
    running = true;
    figure.classList.add("playing");
    cancelAnimationFrame(frame);
    follow();
  });
  video.addEventListener("waiting", () => { if (running && video.currentTime > 0.1) film.stalls += 1; });
  video.addEventListener("ratechange", () => { if (video.playbackRate !== 1) video.playbackRate = 1; });
  video.addEventListener("pause", () => {
    running = false;
    figure.classList.remove("playing");
    cancelAnimationFrame(frame);
  });
  video.addEventListener("ended", () => {
    running = false;
    figure.classList.remove("playing");
    cancelAnimationFrame(frame);
    bar.style.transform = "scaleX(1)";
    mark.replaceChildren(icon("again"));
    cover.setAttribute("aria-label", `Play again: ${label}`);
    if (watched() < 0.9) { status.textContent = "Please watch it from beginning to end"; return; }
    film.plays += 1;
    film.seen = true;
    status.textContent = "watched";
    status.className = "seen";
    onseen();
  });
  video.addEventListener("error", () => {
    figure.classList.add("broken");
    figure.classList.remove("playing", "loading");
    status.textContent = "This film does not load. Check your connection and tap to try again.";
    status.className = "warning";
  });
  return film;
}

function judge(section, film, { heading = null, label, done }) {
  const begun = performance.now();
  const films = [];
  const scale = make("div", { className: "scale" }, config.scale.map(([value, word, detail]) =>
    make("label", {},
      make("input", { type: "radio", name: "rating", value, onchange: () => { next.disabled = false; } }),
      make("span", { className: "number", "aria-hidden": "true" }, value),
      make("span", { className: "word" }, make("span", { className: "hidden-text" }, `${value}, `), word),
      make("span", { className: "detail" }, detail))));
  const answer = make("fieldset", { disabled: true }, make("legend", {}, config.ask), scale);
  const hint = make("span", { className: "small quiet" }, film.reference ? "Watch both to the end, then choose." : "Watch to the end, then choose.");
  const next = button(label, () => {
    const chosen = scale.querySelector("input:checked");
    if (!chosen || answer.disabled) return;
    done({
      film: film.id, rating: Number(chosen.value), seconds: Math.round((performance.now() - begun) / 100) / 10,
      plays: shown.plays, stalls: shown.stalls, ...(film.reference ? { reference_plays: films[0].plays } : {}),
    });
  }, { main: true, disabled: true });
  const seen = () => {
    if (!films.every((one) => one.seen)) { say("Now the other one."); return; }
    if (!answer.disabled) return;
    answer.disabled = false;
    hint.textContent = "";
    hint.append(make("span", { className: "for-keys" }, make("kbd", {}, "1"), " to ", make("kbd", {}, "5"), ", then ", make("kbd", {}, "Enter")));
    say("You can answer now.");
    const { bottom } = answer.getBoundingClientRect();
    if (bottom > innerHeight) answer.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
  };
  if (film.reference) films.push(player(film.reference, film.size, "Reference", seen));
  const shown = player(film.src, film.size, film.reference ? "To judge" : "Film", seen);
  films.push(shown);
  if (film.reference) main.className = "wide";
  section.append(
    ...(heading ? [heading] : []),
    make("div", { className: `films${film.reference ? " two" : ""}` }, films.map((one) => one.figure)),
    answer,
    make("details", {}, make("summary", {}, "What to attend to, and keys"), make("p", { className: "small" }, config.guide),
      make("ul", { className: "keys small quiet for-keys" },
        make("li", {}, make("kbd", {}, "Space"), " play"),
        film.reference ? make("li", {}, make("kbd", {}, "R"), " play the reference") : null,
        make("li", {}, make("kbd", {}, "1"), "–", make("kbd", {}, "5"), " answer"),
        make("li", {}, make("kbd", {}, "Enter"), " next"))),
    make("div", { className: "foot" }, hint, next));
  keyboard = (key) => {
    if (key === " ") { (films.find((one) => !one.seen) ?? shown).play(); return true; }
    if (key.toLowerCase() === "r" && film.reference) { films[0].play(); return true; }
    if (/^[1-5]$/.test(key) && !answer.disabled) {
      const chosen = scale.querySelector(`input[value="${key}"]`);
      chosen.checked = true;
      chosen.focus();
      next.disabled = false;
      return true;
    }
    if (key === "Enter" && !next.disabled) { next.click(); return true; }
    return false;
  };
}

pages.practice = (section) => {
  const number = state.practised, count = config.practice.length;
  judge(section, config.films[config.practice[number]], {
    heading: make("div", {}, make("h2", {}, count > 1 ? `Practice ${number + 1} of ${count}` : "Practice"),
      make("p", { className: "quiet" }, number ? "One more before it counts." : "To get used to it. This answer does not count.")),
    label: number + 1 < count ? "Next" : "Begin the test",
    done: (answer) => { state.practice.push(answer); state.practised += 1; go("practice"); },
  });
};

pages.films = (section) => {
  const order = plan();
  const isLast = state.position + 1 >= order.length;
  judge(section, config.films[order[state.position]], {
    label: isLast ? "Finish" : "Next",
    done: (answer) => {
      state.answers.push(answer);
      state.position += 1;
      if (isLast) state.finished = now();
      go("films");
    },
  });
  section.prepend(make("h2", { className: "hidden-text" }, `Film ${state.position + 1} of ${order.length}`));
  const following = order[state.position + 1];
  // The next film is loaded while this one is judged.
  if (following !== undefined) {
    const { src, reference } = config.films[following];
    for (const one of [src, reference]) if (one) section.append(make("video", { src: one, preload: "auto", hidden: true, "aria-hidden": "true" }));
  }
};

// ---------------------------------------------------------------- the end

function answers() {
  return {
    format: "avatron-listening-answers", format_version: 1, test: config.test, kind: config.kind,
    session: state.session, listener: state.listener, participant: state.participant,
    started: state.started, finished: state.finished, sound_tries: state.soundTries, listens_with: state.listensWith,
    headphones: state.headphones, practice: state.practice, answers: state.answers, comment: state.comment,
    device: { browser: navigator.userAgent, language: navigator.language, screen: [screen.width, screen.height], window: [innerWidth, innerHeight] },
  };
}

pages.end = (section) => {
  const name = `answers-${config.test}-${state.listener}-${state.session.slice(0, 6)}.json`;
  const status = make("p", { className: "small", "aria-live": "polite" });
  const save = () => {
    const url = URL.createObjectURL(new Blob([JSON.stringify(answers(), null, 1) + "\n"], { type: "application/json" }));
    make("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    state.saved = true;
    keep();
  };
  const send = async () => {
    again.hidden = true;
    status.className = "small";
    status.textContent = "Sending your answers …";
    try {
      const reply = await fetch(config.post, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(answers()), credentials: "omit" });
      if (!reply.ok) throw new Error(`the server said ${reply.status}`);
      state.sent = true;
      keep();
      status.textContent = "Your answers have arrived. You can close the page.";
    } catch (error) {
      status.textContent = `Your answers could not be sent (${error.message}). Try again, or save them as a file and send it to us.`;
      status.className = "small warning";
      again.hidden = false;
    }
  };
  const again = button("Send again", send, { main: true, hidden: true });
  const comment = make("textarea", { maxlength: 2000, oninput: () => { state.comment = comment.value; state.sent = false; keep(); } });
  comment.value = state.comment;
  const done = config.post
    ? button("Send my answers", () => { done.hidden = true; send(); }, { main: true })
    : button("Save my answers", () => { save(); status.textContent = `Saved as ${name}. Please send this file to who asked you to listen.`; }, { main: true });
  if (config.post && state.sent) { done.hidden = true; status.textContent = "Your answers have arrived. You can close the page."; }
  section.append(
    make("h1", {}, "Thank you."),
    make("p", { className: "lead" }, config.post
      ? "That was the last film. One thing is left: send your answers."
      : "That was the last film. One thing is left: save your answers as a file, and send it to who asked you to listen."),
    make("label", { className: "field" }, make("span", {}, "Is there anything you would like to say? ", make("span", { className: "quiet" }, "(You need not.)")), comment),
    make("div", { className: "row" }, done, again, config.post ? button("Save a copy", save) : null),
    status,
    make("details", {}, make("summary", {}, "Somebody else wants to listen on this device"),
      make("p", { className: "small" }, "Your answers are removed from this browser then. Send or save them first."),
      make("p", {}, button("Begin anew", () => {
        if (!state.sent && !state.saved && !confirm("Your answers are neither sent nor saved. Remove them?")) return;
        state = beginning();
        go("welcome");
      }))));
};

// ---------------------------------------------------------------- keys

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const target = event.target;
  if (target.matches("textarea, input[type=text], select, summary")) return;
  // Enter and Space belong to the button that has the focus, but for a film's own.
  if (target.matches("button, a") && (event.key === "Enter" || event.key === " ")) return;
  if (keyboard(event.key)) event.preventDefault();
});

if (!STEPS.includes(state.step)) state = beginning();
go(state.step);
