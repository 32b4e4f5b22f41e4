"use strict";
// One clock moves all films of a sentence: that of the film that is heard. The others are kept in step with it.
const config = JSON.parse(document.getElementById("config").textContent);
const find = (id) => document.getElementById(id);

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
  pause: '<svg viewBox="0 0 24 24" aria-hidden="true"><path class="full" d="M7 5h3.4v14H7zM13.6 5H17v14h-3.4z"/></svg>',
  loop: '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4.5 11V9.5a3 3 0 0 1 3-3H18M15.5 3.8 18.2 6.5l-2.7 2.7M19.5 13v1.5a3 3 0 0 1-3 3H6M8.5 20.2 5.8 17.5l2.7-2.7"/></svg>',
  ear: '<svg viewBox="0 0 24 24" aria-hidden="true"><path class="full" d="M4 9.5h3.2L12 5.4v13.2l-4.8-4.1H4z"/><path d="M15.2 9.2a4 4 0 0 1 0 5.6M17.9 6.6a7.6 7.6 0 0 1 0 10.8"/></svg>',
  system: '<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="8"/><path class="full" d="M12 4a8 8 0 0 1 0 16z"/></svg>',
  light: '<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="4"/><path d="M12 2.8v2M12 19.2v2M2.8 12h2M19.2 12h2M5.5 5.5l1.4 1.4M17.1 17.1l1.4 1.4M5.5 18.5l1.4-1.4M17.1 6.9l1.4-1.4"/></svg>',
  dark: '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M20 14.2A8.2 8.2 0 0 1 9.8 4a8.2 8.2 0 1 0 10.2 10.2z"/></svg>',
};
function icon(name) {
  const holder = document.createElement("template");
  holder.innerHTML = ICONS[name];
  return holder.content.firstChild;
}

// ---------------------------------------------------------------- light and dark

const THEMES = ["system", "light", "dark"];
const atNight = matchMedia("(prefers-color-scheme: dark)");
let theme = "system";
try { theme = THEMES.includes(localStorage.getItem("avatron-theme")) ? localStorage.getItem("avatron-theme") : "system"; } catch { /* not kept */ }
function showTheme() {
  document.documentElement.dataset.theme = theme === "system" ? (atNight.matches ? "dark" : "light") : theme;
  find("theme").replaceChildren(icon(theme));
  find("theme").setAttribute("aria-label", `Colours: ${theme}. Change`);
  find("theme").title = `Colours: ${theme}`;
}
find("theme").addEventListener("click", () => {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  try { localStorage.setItem("avatron-theme", theme); } catch { /* not kept */ }
  showTheme();
});
atNight.addEventListener("change", showTheme);
showTheme();

// ---------------------------------------------------------------- what is shown

const player = {
  group: null, playing: false, loops: true, speed: 1, heard: config.systems[0],
  pace: config.paces.includes("normal") ? "normal" : config.paces[0], frame: 0, turn: 0,
};

// The films of one sentence at the chosen pace.
class Group {
  constructor(sentence) {
    this.sentence = sentence;
    this.row = make("div", { className: "row" });
    const text = sentence.text || sentence.name;
    this.section = make("section", { className: "sentence" },
      make("h2", {}, make("button", { type: "button", onclick: () => toggle(this) }, sentence.text ? `“${text}”` : text)), this.row);
    this.films = [];
    this.near = false;
  }

  fill() {
    const films = this.sentence.paces[player.pace] ?? Object.values(this.sentence.paces)[0];
    this.films = [];
    this.row.replaceChildren(...config.systems.map((system) => {
      const film = films[system];
      if (!film) return make("div", { className: "missing" }, `no film by ${system}`);
      const video = make("video", { preload: "none", playsinline: true, disablepictureinpicture: true, disableremoteplayback: true, tabindex: "-1", "aria-hidden": "true" });
      video.muted = true;
      const over = make("span", { className: "over", hidden: true }, "ended");
      const ear = make("button", { type: "button", className: "icon ear", "aria-label": `Hear ${system}`, title: `Hear ${system}`, onclick: () => hear(system) }, icon("ear"));
      const figure = make("figure", { className: "film" },
        make("button", { type: "button", className: "screen", "aria-label": `Play all; ${system}`, onclick: () => toggle(this) }, video, over),
        make("figcaption", {}, make("span", { className: "name" }, system), ear));
      figure.style.setProperty("--aspect", film.size[0] / film.size[1]);
      this.films.push({ system, video, film, figure, ear, over });
      return figure;
    }));
    if (this.near) this.load("metadata");
    this.showHeard();
  }

  // Nothing of a film is fetched before it comes near the screen, and no more than its head before it plays.
  load(much) {
    this.near = true;
    for (const { video, film } of this.films) {
      if (!video.src) { video.poster = film.poster; video.src = film.src; }
      if (much === "auto" || video.preload === "none") video.preload = much;
    }
  }

  showHeard() {
    for (const one of this.films) {
      const heard = one.system === player.heard;
      one.figure.classList.toggle("heard", heard);
      one.ear.setAttribute("aria-pressed", String(heard));
      one.video.muted = !(heard && this === player.group);
    }
  }

  get seconds() { return Math.max(...this.films.map((one) => length(one)), 0.01); }
  // The clock: the film that is heard, or the longest one once that has ended.
  get leader() {
    const longest = this.films.reduce((one, other) => (length(other) > length(one) ? other : one));
    const heard = this.films.find((one) => one.system === player.heard);
    return heard && !heard.video.ended ? heard : longest;
  }
}
const length = ({ video, film }) => (Number.isFinite(video.duration) ? video.duration : film.seconds);

const groups = config.sentences.map((sentence) => new Group(sentence));

// ---------------------------------------------------------------- playing

function choose(group) {
  if (player.group === group) return;
  stop();
  player.group?.section.classList.remove("active");
  player.group = group;
  group.section.classList.add("active");
  group.load("auto");
  for (const other of groups) other.showHeard();
  show();
}

function toggle(group) {
  if (player.group === group && player.playing) stop();
  else { choose(group); start(); }
}

const ready = (video) => video.readyState >= 3 || video.error ? Promise.resolve() : new Promise((done) => {
  for (const event of ["canplay", "error"]) video.addEventListener(event, done, { once: true });
});
const sought = (video, time_s) => new Promise((done) => {
  const wanted = Math.min(time_s, (video.duration || Infinity) - 0.001);
  if (video.error || Math.abs(video.currentTime - wanted) < 0.005 && !video.seeking) { done(); return; }
  for (const event of ["seeked", "error"]) video.addEventListener(event, done, { once: true });
  video.currentTime = Math.max(wanted, 0);
});

async function start(from_s = null) {
  const group = player.group;
  if (!group) return;
  const turn = ++player.turn;
  player.playing = true;
  show();
  group.load("auto");
  const videos = group.films.map((one) => one.video);
  await Promise.all(videos.map(ready));
  if (turn !== player.turn) return;
  let now_s = from_s ?? Number(find("time").value);
  if (now_s >= group.seconds - 0.05) now_s = 0;
  await Promise.all(videos.map((video) => sought(video, now_s)));
  if (turn !== player.turn) return;
  const begin = async (one) => {
    one.video.playbackRate = player.speed;
    if (now_s < length(one) - 0.02) await one.video.play().catch(() => { /* said by the film's own picture */ });
  };
  // The clock begins last: to wait for it is easier for a film than to catch up.
  const leader = group.leader;
  await Promise.all(group.films.filter((one) => one !== leader).map(begin));
  await begin(leader);
  if (turn !== player.turn) { for (const video of videos) video.pause(); return; }
  cancelAnimationFrame(player.frame);
  follow();
}

function stop() {
  player.turn += 1;
  player.playing = false;
  cancelAnimationFrame(player.frame);
  for (const one of player.group?.films ?? []) one.video.pause();
  show();
}

function follow() {
  const group = player.group, leader = group.leader, now_s = leader.video.currentTime;
  for (const one of group.films) {
    const done = one.video.ended || now_s >= length(one);
    one.over.hidden = !(done && now_s > length(one) + 0.15);
    if (one === leader || done || one.video.seeking) continue;
    // Small differences are made good by a pace that nobody sees, large ones by a jump.
    const ahead_s = one.video.currentTime - now_s;
    if (Math.abs(ahead_s) > 0.25) one.video.currentTime = now_s;
    else one.video.playbackRate = Math.abs(ahead_s) < 0.015 ? player.speed : player.speed * (1 - Math.max(-0.5, Math.min(0.5, 3 * ahead_s)));
    if (one.video.paused) one.video.play().catch(() => { /* said by the film's own picture */ });
  }
  leader.video.playbackRate = player.speed;
  showTime(now_s);
  if (leader.video.ended) {
    if (player.loops) { start(0); return; }
    showTime(group.seconds);
    stop();
    return;
  }
  player.frame = requestAnimationFrame(follow);
}

async function seek(time_s) {
  const group = player.group ?? groups[0];
  choose(group);
  const played = player.playing;
  if (played) stop();
  group.load("auto");
  const wanted = Math.max(0, Math.min(time_s, group.seconds));
  showTime(wanted);
  const turn = ++player.turn;
  await Promise.all(group.films.map(async ({ video }) => { await ready(video); await sought(video, wanted); }));
  if (played && turn === player.turn) start(wanted);
}

function hear(system) {
  player.heard = system;
  find("heard").value = system;
  for (const group of groups) group.showHeard();
  find("said").textContent = `Hearing ${system}`;
}

function setPace(pace) {
  stop();
  player.pace = pace;
  find("pace").value = pace;
  for (const group of groups) group.fill();
  showTime(0);
  if (player.group) { const group = player.group; player.group = null; choose(group); }
}

// ---------------------------------------------------------------- the bar

function showTime(time_s) {
  const seconds = player.group?.seconds ?? 1;
  find("time").max = seconds;
  find("time").value = time_s;
  find("time").setAttribute("aria-valuetext", `${time_s.toFixed(1)} of ${seconds.toFixed(1)} seconds`);
  find("clock").textContent = `${time_s.toFixed(1)} / ${seconds.toFixed(1)} s`;
}

function show() {
  find("play").replaceChildren(icon(player.playing ? "pause" : "play"));
  find("play").setAttribute("aria-label", player.playing ? "Pause" : "Play");
  find("loop").setAttribute("aria-pressed", String(player.loops));
  showTime(player.playing ? Number(find("time").value) : Math.min(Number(find("time").value), player.group?.seconds ?? 0));
}

find("loop").append(icon("loop"));
find("play").addEventListener("click", () => toggle(player.group ?? groups[0]));
find("loop").addEventListener("click", () => { player.loops = !player.loops; show(); });
find("time").addEventListener("input", () => seek(Number(find("time").value)));
find("speed").addEventListener("change", () => {
  player.speed = Number(find("speed").value);
  for (const one of player.group?.films ?? []) one.video.playbackRate = player.speed;
});
for (const pace of config.paces) find("pace").append(make("option", { value: pace }, pace));
find("pace-pick").hidden = config.paces.length < 2;
find("pace").value = player.pace;
find("pace").addEventListener("change", () => setPace(find("pace").value));
for (const system of config.systems) find("heard").append(make("option", { value: system }, system));
find("heard").before(icon("ear"));
find("heard").addEventListener("change", () => hear(find("heard").value));

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select, input")) return;
  const now_s = Number(find("time").value), key = event.key.toLowerCase();
  if (event.target.matches("button") && (key === " " || key === "enter")) return;
  const at = groups.indexOf(player.group);
  const actions = {
    " ": () => toggle(player.group ?? groups[0]), k: () => toggle(player.group ?? groups[0]),
    l: () => find("loop").click(), ",": () => { stop(); seek(now_s - 0.04); }, ".": () => { stop(); seek(now_s + 0.04); },
    arrowleft: () => seek(now_s - 0.5), arrowright: () => seek(now_s + 0.5),
    n: () => groups[at + 1] && go(groups[at + 1]), p: () => at > 0 && go(groups[at - 1]),
  };
  const number = Number(key);
  if (number >= 1 && number <= config.systems.length) { hear(config.systems[number - 1]); event.preventDefault(); }
  else if (actions[key]) { actions[key](); event.preventDefault(); }
});
function go(group) {
  const played = player.playing;
  choose(group);
  showTime(0);
  group.section.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  if (played) start(0);
}

// ---------------------------------------------------------------- the numbers

const places = (mean) => { const size = Math.abs(mean); return size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.095 || size === 0 ? 2 : 4; };
function table(one, all) {
  const measures = one.measures.filter((measure) => all || measure.first);
  return make("div", { className: "scroll", tabindex: "0", role: "region", "aria-label": `${one.title}: measures of each system` },
    make("table", {},
      make("thead", {}, make("tr", {}, make("th", { scope: "col" }, make("span", { className: "hidden-text" }, "Measure")),
        one.systems.map((system) => make("th", { scope: "col", className: system.reference ? "reference" : null }, system.name)))),
      make("tbody", {}, measures.map((measure) => make("tr", {},
        make("th", { scope: "row" }, measure.title, " ", make("small", {}, [measure.unit, measure.direction].filter(Boolean).join(" "))),
        measure.cells.map((cell, number) => cell
          ? make("td", { className: [cell.best && "best", one.systems[number].reference && "reference"].filter(Boolean).join(" ") || null },
            cell.mean.toFixed(places(cell.mean)), " ", make("small", {}, `±${cell.half.toFixed(places(cell.mean))}`),
            cell.best ? make("span", { className: "hidden-text" }, " (best)") : null)
          : make("td", { className: "reference" }, "–")))))));
}
function showNumbers() {
  if (!config.tables.length) return;
  find("numbers").hidden = false;
  let chosen = 0, all = false;
  const draw = () => {
    const tabs = config.tables.length > 1
      ? make("div", { className: "tabs", role: "group", "aria-label": "Condition" }, config.tables.map((one, number) =>
        make("button", { type: "button", className: "button", "aria-pressed": String(number === chosen), onclick: () => { chosen = number; draw(); } }, one.title)))
      : null;
    const more = config.tables[chosen].measures.some((measure) => !measure.first)
      ? make("button", { type: "button", className: "button", onclick: () => { all = !all; draw(); } }, all ? "Fewer measures" : "All measures") : null;
    find("tables").replaceChildren(...[tabs, table(config.tables[chosen], all || !config.tables[chosen].measures.some((measure) => measure.first)),
      make("p", { className: "note" }, "Means and half of the 95 % interval. ↑ higher is better, ↓ lower is better, → nearer to that value is better. The best of each row, references apart, is bold. Timing of the recording: every system speaks with the durations of the recording; slow, normal and fast: at its own."),
      make("p", {}, more)].filter(Boolean));
  };
  draw();
}

// ---------------------------------------------------------------- begin

find("title").textContent = config.title;
find("about").textContent = config.about;
for (const group of groups) { group.fill(); find("main").append(group.section); }
const watch = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) {
    groups.find((group) => group.section === entry.target).load("metadata");
    watch.unobserve(entry.target);
  }
}, { rootMargin: "200px 0px" });
for (const group of groups) watch.observe(group.section);
choose(groups[0]);
showNumbers();
