// The page that reads in the browser: what Python does, done with ONNX Runtime Web. Nothing is sent anywhere.
import * as ort from "./runtime/ort.wasm.min.mjs";
import {readGlyph, readLine} from "./decode.js";
import {Language} from "./language.js";
import {glyphTensor, inkOf, linesTensor} from "./preprocess.js";

ort.env.wasm.numThreads = 1; // more need headers that not every host sends
ort.env.wasm.wasmPaths = new URL("./runtime/", import.meta.url).href;
const $ = (name) => document.getElementById(name);
const fetched = async (name) => {
  const answer = await fetch(name);
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return answer;
};
const [texts, models] = await Promise.all([fetched("texts.json"), fetched("models.json")].map(async (one) => (await one).json()));
let language = new URLSearchParams(location.search).get("lang") || (navigator.language.startsWith("zh") ? "zh" : "en");
if (!texts[language]) language = "en";
const say = (key, values = {}) => Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), texts[language][key]);
const escape = (text) => String(text).replace(/[&<>"]/g, (char) => ({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})[char]);

const sessions = {};
// what could not be fetched is asked for again
const again = (kept, name) => (error) => { delete kept[name]; throw error; };
const session = (name) => (sessions[name] ??= fetched(`${name}.onnx`).then((one) => one.arrayBuffer()).then((bytes) => ort.InferenceSession.create(bytes))
  .catch(again(sessions, name)));
// the file is gzip, which some hosts undo on the way
const unpacked = (bytes) => {
  const [a, b] = new Uint8Array(bytes);
  return a === 0x1f && b === 0x8b ? new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer() : bytes;
};
const languages = {};
const words = () => (languages[""] ??= fetched("english.bin").then((one) => one.arrayBuffer()).then(unpacked)
  .then((bytes) => new Language(bytes, models.language)).catch(again(languages, "")));
const english = (name) => (languages[name] ??= words().then((language) => language.in(models[name].english)).catch(again(languages, name)));

async function run(name, tensor) {
  const images = new ort.Tensor("float32", tensor.data, [1, 1, tensor.height, tensor.width]);
  const widths = new ort.Tensor("int64", BigInt64Array.of(BigInt(tensor.width)), [1]);
  const {log_probs} = await (await session(name)).run({images, widths});
  return log_probs;
}

// {width, height, data}: three bytes a pixel; what is transparent takes the shade that sets off the rest
const MAX_PIXELS = 150e6, MAX_ASPECT = 1000; // as glyphgen/images.py; a test compares
const MAX_CANVAS = 25e6;
const SURE = 0.9; // of a letter; and of a line of Hylian, that no other script need be tried

function pictureOf(image) {
  const canvas = document.createElement("canvas");
  const [wide, high] = [image.naturalWidth || image.width, image.naturalHeight || image.height];
  const share = Math.min(1, Math.sqrt(MAX_CANVAS / (wide * high))); // browsers have no canvas for the largest photos
  [canvas.width, canvas.height] = [Math.max(1, Math.round(share * wide)), Math.max(1, Math.round(share * high))];
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  pen.imageSmoothingQuality = "high";
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  const {data, width, height} = pen.getImageData(0, 0, canvas.width, canvas.height), n = width * height, rgb = new Uint8ClampedArray(3 * n);
  let weight = 0, shade = 0;
  for (let k = 0; k < n; k++) {
    const alpha = data[4 * k + 3] / 255;
    weight += alpha;
    shade += (alpha * (data[4 * k] + data[4 * k + 1] + data[4 * k + 2])) / 3;
  }
  const paper = !weight || shade / weight < 127.5 ? 255 : 0;
  for (let k = 0; k < n; k++) {
    const alpha = weight ? data[4 * k + 3] / 255 : 0;
    for (let c = 0; c < 3; c++) rgb[3 * k + c] = Math.round(data[4 * k + c] * alpha + paper * (1 - alpha));
  }
  return {data: rgb, width, height};
}

// One line of a script, or of whichever one it is: "auto".
export async function readPicture(picture, script = "hylian") {
  const first = await spelled(await readAs(picture, script === "auto" ? "hylian" : script));
  const isCertain = () => first.isScript && first.confidence >= SURE && first.english.words.every(([, , , isKnown]) => isKnown);
  if (script !== "auto" || isCertain()) return first;
  const all = [first];
  for (const name of Object.keys(models.lines)) if (name !== "hylian") try {
    all.push(await readAs(picture, name));
  } catch (error) { // without a network there are the scripts that were loaded before
    console.warn(error);
  }
  return spelled(all.reduce((best, one) => (one.mean > best.mean ? one : best)));
}

async function readAs(picture, script) {
  const name = models.lines[script], about = models[name], {tensor, scale} = linesTensor(picture, about.preprocess);
  const found = await run(name, tensor), [, n_steps, n_classes] = found.dims;
  const reading = readLine(found.data, n_steps, n_classes, about);
  const mean = reading.glyphs.length ? reading.glyphs.reduce((sum, glyph) => sum + glyph.confidence, 0) / reading.glyphs.length : 0;
  return {...reading, scale, script, mean};
}

// English where the script has one; else its signs are the text.
async function spelled(reading) {
  const name = models.lines[reading.script], plain = {letters: reading.text, p: reading.confidence, words: null, alternatives: []};
  return {...reading, english: models[name].english ? (await english(name)).apply(reading.evidence) : plain};
}

export async function readDrawing(picture, script) {
  const name = models.glyphs[script], about = models[name], {tensor} = glyphTensor(picture, about.preprocess);
  return {letters: readGlyph((await run(name, tensor)).data, about), tensor};
}

// Several lines one over the other, cut where no ink is; the whole where that is not clear.
function lines(picture) {
  const {data, width, height} = inkOf(picture), rows = [];
  for (let y = 0; y < height; y++) {
    let ink = 0;
    for (let x = 0; x < width; x++) ink += data[y * width + x] > 1 ? 1 : 0;
    rows.push(ink > 0.004 * width);
  }
  const bands = [];
  for (let y = 0; y < height; y++) if (rows[y]) {
    const last = bands[bands.length - 1];
    last && y - last[1] <= 2 ? (last[1] = y) : bands.push([y, y]);
  }
  const tallest = Math.max(0, ...bands.map(([a, b]) => b - a)), kept = bands.filter(([a, b]) => b - a > 0.4 * tallest);
  if (kept.length < 2) return [picture];
  return kept.map(([a, b]) => {
    const margin = Math.round(0.25 * (b - a)), y0 = Math.max(0, a - margin), y1 = Math.min(height, b + 1 + margin);
    return {data: picture.data.slice(3 * y0 * width, 3 * y1 * width), width, height: y1 - y0};
  });
}

function lineHtml({glyphs, english}) {
  if (!english.words) return glyphs.map(({char, confidence, candidates}) => {
    if (char === " " || confidence >= SURE) return escape(char);
    const data = escape(JSON.stringify(candidates.map(([c, p]) => [c, Number(p.toFixed(3))])));
    return `<button type="button" class="letter doubtful" aria-haspopup="menu" data-options="${data}">${escape(char)}</button>`;
  }).join("");
  const visible = glyphs.filter((g) => g.char !== " ");
  return english.words.map(([text, start, end, , before]) => {
    const places = [];
    for (let i = start; i < end; i++) if (english.letterOf[i]) places.push(i);
    return before + [...text].map((char, k) => {
      const options = english.options[places[k]] || [], chance = (options.find(([c]) => c === char) || [char, 1])[1];
      if (options.length < 2 || !visible[places[k]]) return escape(char);
      const data = escape(JSON.stringify(options.map(([c, p]) => [c, Number(p.toFixed(3))])));
      return `<button type="button" class="letter ${chance < SURE ? "doubtful" : "choice"}" aria-haspopup="menu" data-options="${data}">${escape(char)}</button>`;
    }).join("");
  }).join("");
}

const percent = (p) => (p > 0.99 ? "> 99" : p < 0.01 ? "< 1" : String(Math.round(100 * p)));
let showing = 0, drawing = 0; // what was given last is what is shown, whichever is done first

async function show(url) {
  const card = $("card"), turn = ++showing;
  const set = (html, text) => { if (turn === showing) { card.innerHTML = html; $("corrected").value = text; } };
  if (!url) return set(`<p class="sure">${escape(say("web_wait"))}</p>`, "");
  const image = new Image(), is_picture = await new Promise((done) => { image.onload = () => done(true); image.onerror = () => done(false); image.src = url; });
  if (!is_picture || image.naturalWidth < 4 || image.naturalHeight < 4) return set(`<p class="nothing" role="alert">${escape(say("web_no_picture"))}</p>`, "");
  const long = Math.max(image.naturalWidth, image.naturalHeight), short = Math.min(image.naturalWidth, image.naturalHeight);
  if (long * short > MAX_PIXELS || long > MAX_ASPECT * short) return set(`<p class="nothing" role="alert">${escape(say("web_large"))}</p>`, "");
  try {
    const picture = pictureOf(image), readings = [];
    for (const part of $("several").checked ? lines(picture) : [picture]) readings.push(await readPicture(part, $("read-script").value));
    const read = readings.filter((one) => one.isScript && one.text);
    if (!read.length) return set(`<p class="nothing" role="status">${escape(say("web_nothing"))}</p>`, "");
    const sure = read.reduce((p, one) => p * one.english.p, 1);
    const others = read.flatMap((one) => one.english.alternatives.slice(1)).filter(([, p]) => p >= 0.01);
    const scripts = [...new Set(read.map((one) => one.script))], named = scripts.map((name) => texts[language].names[name]).join(", ");
    const hasLetters = read.some((one) => one.english.words);
    const looks = $("read-script").value === "auto" ? `<p class="looks-like" role="status">${escape(say("looks_like", {script: named}))}</p>` : "";
    const shapes = scripts.length === 1 && scripts[0] === "hylian" ? `<h3>${escape(say("written_as"))}</h3>
      <div class="shapes" id="graphemes" aria-hidden="true">${read.map((one) => escape(one.text)).join("<br>")}</div>` : "";
    set(`${looks}<div class="reading" lang="en" id="english">${read.map((one) => `<div class="line">${lineHtml(one)}</div>`).join("")}</div>
      <p class="sure" role="status"><span class="percent">${escape(say(hasLetters ? "sure" : "sure_shapes", {percent: percent(sure)}))}</span> ${hasLetters ? escape(say("choices")) : ""}</p>
      ${shapes}
      ${others.length ? `<details><summary>${escape(say("alternatives"))}</summary><table class="others">${others.map(([text, p]) =>
        `<tr><td>${escape(text)}</td><td>${Math.round(100 * p)} %</td></tr>`).join("")}</table></details>` : ""}`,
      read.map((one) => one.english.letters).join("\n"));
  } catch (error) {
    console.error(error);
    set(`<p class="nothing" role="alert">${escape(say("failed"))}</p>`, "");
  }
}

async function drawn(url) {
  const turn = ++drawing;
  $("letters").innerHTML = "";
  $("seen").hidden = true;
  if (!url) return;
  let found;
  try {
    const image = new Image();
    await new Promise((done) => { image.onload = done; image.src = url; });
    found = await readDrawing(aroundInk(pictureOf(image)), $("script").value);
  } catch (error) {
    console.error(error);
    $("letters").textContent = say("failed");
    return;
  }
  if (turn !== drawing) return;
  const {letters, tensor} = found;
  $("seen").hidden = false;
  $("letters").innerHTML = letters.map(([char, p]) => `<b>${escape(char)}</b><span class="bar ${p < 0.005 ? "empty" : ""}" style="width:${100 * p}%"></span><span>${(100 * p).toFixed(0)} %</span>`).join("");
  const pen = $("seen").getContext("2d"), picture = pen.createImageData(28, 28), low = Math.min(...tensor.data), high = Math.max(...tensor.data);
  tensor.data.forEach((value, k) => { picture.data.fill((255 * (value - low)) / Math.max(high - low, 1e-6), 4 * k, 4 * k + 3); picture.data[4 * k + 3] = 255; });
  pen.putImageData(picture, 0, 0);
}

// A glyph may be drawn anywhere on the pad, at any size: cut it out, square, with paper around it.
function aroundInk({data, width, height}) {
  let [x0, x1, y0, y1] = [width, -1, height, -1];
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) if (data[3 * (y * width + x)] < 128) {
    x0 = Math.min(x0, x); x1 = Math.max(x1, x); y0 = Math.min(y0, y); y1 = Math.max(y1, y);
  }
  if (x1 < 0) return {data, width, height};
  const margin = Math.round(0.22 * Math.max(y1 - y0 + 1, 12)), side = Math.max(x1 - x0 + 1, y1 - y0 + 1) + 2 * margin;
  const left = Math.round((x0 + x1 + 1 - side) / 2), top = Math.round((y0 + y1 + 1 - side) / 2), out = new Uint8ClampedArray(3 * side * side).fill(255);
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) {
    const u = x + left, v = y + top;
    if (u >= 0 && v >= 0 && u < width && v < height) for (let c = 0; c < 3; c++) out[3 * (y * side + x) + c] = data[3 * (v * width + u) + c];
  }
  return {data: out, width: side, height: side};
}

for (const [name, values] of [["read-script", ["auto", ...Object.keys(models.lines)]], ["script", Object.keys(models.glyphs)]]) {
  $(name).replaceChildren(...values.map((value) => new Option(value, value)));
}
let shown = "", pad = "";
function speak() {
  document.documentElement.lang = language;
  document.title = say("title");
  for (const node of document.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
  for (const name of ["script", "read-script"]) for (const option of $(name).options) option.textContent = texts[language].names[option.value];
  $("seen").setAttribute("aria-label", say("draw_seen"));
  $("other").textContent = say("other");
  $("theme").textContent = say("web_theme");
  const before = {};
  for (const [place, tag, name, keys] of [["picture-place", "glyph-picture", "picture", ["hint", "choose", "picture", "whole", "remove", "crop", "large"]],
    ["pad-place", "glyph-pad", "drawing", ["undo", "clear", "brush"]]]) {
    const element = document.createElement(tag);
    element.setAttribute("for", name);
    for (const key of keys) element.setAttribute(key, say(key));
    if (name === "drawing") element.setAttribute("picture", say("web_pad"));
    before[name] = $(place).firstElementChild;
    $(place).replaceChildren(element);
  }
  shown = pad = "";
  show("");
  drawn("");
  // in another language, what was given stays
  if (before.picture?.raw) $("picture-place").firstElementChild.show(before.picture.raw);
  if (before.drawing?.strokes.length) $("pad-place").firstElementChild.again(before.drawing.strokes);
}

document.addEventListener("glyph-change", (event) => {
  if (event.target.getAttribute("for") === "picture") show((shown = event.detail));
  else drawn((pad = event.detail));
});
document.addEventListener("glyph-chosen", (event) => { $("corrected").value = event.detail; });
$("several").onchange = () => show(shown);
$("script").onchange = () => drawn(pad);
$("read-script").onchange = () => show(shown);
$("copy").onclick = () => {
  if (navigator.clipboard) return navigator.clipboard.writeText($("corrected").value);
  $("corrected").select(); // without a secure context
  document.execCommand("copy");
};
$("other").onclick = () => { language = language === "en" ? "zh" : "en"; speak(); };
const theme = (name) => { document.documentElement.dataset.theme = name; };
theme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
$("theme").onclick = () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
speak();
$("state").textContent = say("web_loading");
try {
  await Promise.all([session("crnn_hylian"), session(models.glyphs.hylian), english("crnn_hylian")]);
  $("state").textContent = "";
} catch (error) {
  console.error(error);
  $("state").textContent = say("web_broken");
}
window.glyphs = {readPicture, readDrawing, linesTensor, glyphTensor, models, pictureOf};
document.documentElement.dataset.ready = "1";
if ("serviceWorker" in navigator && isSecureContext) navigator.serviceWorker.register("sw.js").catch(() => {});
