// The page around the demo: loading, events, controls and figures. What is drawn, and the cache, is in Rust.
import init, { Demo } from "./page.js";

const $ = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const MIB = 1 << 20;
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

let demo, canvas;
let running = true;
let overlay = false, nearest = false;

// The slider is logarithmic: 1 MiB to 64 MiB.
const MIN_BUDGET = 1 * MIB, MAX_BUDGET = 64 * MIB;
const budgetAt = (position) => Math.round(MIN_BUDGET * (MAX_BUDGET / MIN_BUDGET) ** (position / 100));
const positionOf = (budget) => 100 * Math.log(budget / MIN_BUDGET) / Math.log(MAX_BUDGET / MIN_BUDGET);
const mib = (bytes) => bytes < 10 * MIB ? (bytes / MIB).toFixed(2) + " MiB" : (bytes / MIB).toFixed(1) + " MiB";
const count = (number) => number.toLocaleString("en");

function budgetOf(text) {
    const match = /^([\d.]+)\s*(k|m|g)?(i?b)?$/i.exec(text || "");
    if (!match) return 8 * MIB;
    const unit = { k: 1 << 10, m: MIB, g: 1 << 30 }[(match[2] || "").toLowerCase()] || 1;
    return Math.max(MIN_BUDGET, Math.min(MAX_BUDGET, parseFloat(match[1]) * unit));
}
let budget = budgetOf(query.get("budget"));

let noticeTimer;
function say(text, forever) {
    $("notice").textContent = text;
    clearTimeout(noticeTimer);
    if (!forever) noticeTimer = setTimeout(() => { $("notice").textContent = ""; }, 4000);
}

function fail(sentence) {
    running = false;
    $("loading").hidden = false;
    $("panel").hidden = true;
    $("progress").hidden = true;
    $("loading-text").textContent = sentence;
    $("retry").hidden = !query.has("backend");
    window.failure = sentence;
}

// Fetches a file, and shows how much of it has come as the share from `from` to `to` of the bar.
async function fetchBytes(url, [from, to], size) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    const total = Number(response.headers.get("content-length")) || size;
    const parts = [];
    let got = 0;
    const reader = response.body.getReader();
    for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        parts.push(value);
        got += value.length;
        $("progress").value = from + (to - from) * Math.min(1, got / total);
    }
    return new Blob(parts);
}

// A canvas has one kind of context for its life, and a lost one stays lost.
function newCanvas() {
    canvas = document.createElement("canvas");
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "Wall of pictures: drag or use the arrow keys to move, wheel, pinch, + or - to zoom");
    $("stage").replaceChildren(canvas);
    resize();
    listen();
    return canvas;
}

async function open(pack) {
    demo = await Demo.open(newCanvas(), query.get("backend") || "", budget, pack);
    rest();
    showAdapter();
    window.demo = demo;
}

function showAdapter() {
    const adapter = demo.adapter();
    $("adapter").textContent = adapter;
    const isWebGpu = /webgpu/i.test(adapter);
    $("webgpu").toggleAttribute("aria-current", isWebGpu);
    $("webgl").toggleAttribute("aria-current", !isWebGpu);
}

// With reduced motion the wall rests until it is asked to move.
function rest() {
    if (calm && !query.has("tour")) demo.pause();
}

async function start() {
    const hasWebGl = !!document.createElement("canvas").getContext("webgl2");
    if (query.get("backend") === "webgpu" && !navigator.gpu) return fail("This browser offers no WebGPU.");
    if (query.get("backend") === "webgl" && !hasWebGl) return fail("This browser offers no WebGL2.");
    if (!hasWebGl && !navigator.gpu) {
        return fail("This browser offers neither WebGPU nor WebGL2, so nothing can be drawn. Try a current Firefox, Chrome, Edge or Safari, or turn on hardware acceleration.");
    }
    try {
        $("loading-text").textContent = "Loading the code…";
        const code = await fetchBytes("page_bg.wasm", [0, 0.5], 6e6);
        await init({ module_or_path: new Response(code, { headers: { "content-type": "application/wasm" } }) });
        $("loading-text").textContent = "Loading the pictures…";
        const packed = await fetchBytes("emoji.pack", [0.5, 0.98], 3.5e6);
        const pack = await new Response(packed.stream().pipeThrough(new DecompressionStream("gzip"))).text();
        await open(pack);
        $("picture-count").textContent = count(pack.split("\0").length);
    } catch (error) {
        console.error(error);
        return fail(`The demo can't start: ${error.message || error}.`);
    }
    $("loading").hidden = true;
    $("panel").hidden = false;
    $("budget").value = positionOf(budget);
    showBudget();
    requestAnimationFrame(frame);
    window.ready = true;
}

let times = [], before = 0, drawn = 0;
function frame(now) {
    if (!running) return;
    const begin = performance.now();
    const loss = demo.frame(canvas.width, canvas.height, devicePixelRatio || 1);
    const spent = performance.now() - begin;
    if (loss !== undefined) {
        recovery = recover(loss);
        return;
    }
    // After a pause in a hidden tab nothing is counted.
    if (before && now - before < 1000 && demo.frames() !== drawn) times.push([now, spent, now - before]);
    before = now;
    drawn = demo.frames();
    while (times.length && times[0][0] < now - 5000) times.shift();
    requestAnimationFrame(frame);
}

// While it is pending, there is no demo.
let recovery = Promise.resolve();

async function recover(loss) {
    say(`The device was lost (${loss}). Another one is opened.`);
    // Nothing calls it meanwhile.
    const waiting = demo;
    demo = undefined;
    try {
        const pictures = await waiting.recover(newCanvas());
        demo = waiting;
        showAdapter();
        setBudget(budget);
        say(`A new device: ${count(pictures)} pictures are rasterized again.`);
        window.losses = (window.losses || 0) + 1;
        requestAnimationFrame(frame);
    } catch (error) {
        fail(`The device was lost and there is no other: ${error}. Reload the page.`);
    }
}

function showFigures() {
    if (!running || !demo || document.hidden) return;
    const f = JSON.parse(demo.figures());
    window.figures = f;
    $("vram").textContent = mib(f.vram);
    $("pages").textContent = `${f.pages} of ${f.maxPages}, ${f.pageSide}²`;
    $("uploads").textContent = `${count(f.uploads)} (${mib(f.uploadedBytes)})`;
    $("moves").textContent = count(f.moves);
    const asked = f.hits + f.misses;
    $("hits").textContent = asked ? (100 * f.hits / asked).toFixed(1) + " %" : "";
    $("evictions").textContent = count(f.evictions);
    $("view").textContent = f.pending ? `${count(f.visible)}, ${count(f.pending)} to come` : count(f.visible);
    if (times.length) {
        const mean = times.reduce((sum, time) => sum + time[1], 0) / times.length;
        const longest = Math.max(...times.map((time) => time[1]));
        $("frame").textContent = `${mean.toFixed(1)} ms, ${longest.toFixed(1)} ms`;
    }
    $("ours").textContent = mib(f.ours);
    $("shelf").textContent = mib(f.shelf);
    // Until something had to be evicted, both have uploaded the same.
    $("ratio").textContent = f.shelf > f.ours ? `: ${(f.shelf / f.ours).toFixed(2)} times as much` : "";
    $("left-out").textContent = f.shelfLeftOut
        ? ` It found no room for a picture ${count(f.shelfLeftOut)} times.` : "";
}
setInterval(showFigures, 250);

function showBudget() {
    $("budget-text").textContent = mib(budget);
    $("budget").setAttribute("aria-valuetext", mib(budget));
}

function setBudget(bytes) {
    budget = Math.max(MIN_BUDGET, Math.min(MAX_BUDGET, bytes));
    budget = demo?.set_budget(budget) ?? budget;
    $("budget").value = positionOf(budget);
    showBudget();
}
window.setBudget = setBudget;

function resize() {
    if (!canvas) return;
    const scale = devicePixelRatio || 1;
    canvas.width = Math.max(1, Math.round(canvas.clientWidth * scale));
    canvas.height = Math.max(1, Math.round(canvas.clientHeight * scale));
}
addEventListener("resize", resize);

// Drag with one pointer, pinch with two.
function listen() {
    const pointers = new Map();
    const scale = () => devicePixelRatio || 1;
    canvas.addEventListener("pointerdown", (event) => {
        canvas.setPointerCapture(event.pointerId);
        pointers.set(event.pointerId, event);
    });
    const release = (event) => pointers.delete(event.pointerId);
    canvas.addEventListener("pointerup", release);
    canvas.addEventListener("pointercancel", release);
    canvas.addEventListener("pointermove", (event) => {
        const last = pointers.get(event.pointerId);
        if (!last || !demo) return;
        const [dx, dy] = [(event.clientX - last.clientX) * scale(), (event.clientY - last.clientY) * scale()];
        demo.drag(dx / pointers.size, dy / pointers.size);
        const other = [...pointers.values()].find((pointer) => pointer.pointerId !== event.pointerId);
        if (other) {
            const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
            const notches = Math.log(apart(event) / apart(last)) / Math.log(1.15);
            const middle = [(event.clientX + other.clientX) / 2, (event.clientY + other.clientY) / 2];
            demo.zoom(notches, middle[0] * scale(), middle[1] * scale());
        }
        pointers.set(event.pointerId, event);
    });
    canvas.addEventListener("wheel", (event) => {
        event.preventDefault();
        if (!demo) return;
        const lines = event.deltaMode === 1 ? event.deltaY / 3 : event.deltaY / 100;
        demo.zoom(-Math.max(-4, Math.min(4, lines)), event.clientX * scale(), event.clientY * scale());
    }, { passive: false });
}

const middle = () => [canvas.width / 2, canvas.height / 2];
const actions = {
    tour: () => say(demo.pause()),
    overlay: () => {
        overlay = !overlay;
        demo.set_overlay(overlay);
        $("overlay").setAttribute("aria-pressed", overlay);
    },
    trim: () => say(`${mib(demo.trim())} released`),
    clear: () => { demo.clear(); say("every picture removed"); },
    filter: () => {
        nearest = !nearest;
        demo.set_nearest(nearest);
        $("filter").setAttribute("aria-pressed", nearest);
    },
    lose: () => demo.lose_device(),
    "code-button": async () => {
        $("code-text").textContent ||= await (await fetch("frame.txt")).text();
        $("code").showModal();
    },
    fold: () => { $("panel").hidden = true; $("unfold").hidden = false; $("unfold").focus(); },
    unfold: () => { $("panel").hidden = false; $("unfold").hidden = true; $("fold").focus(); },
};
for (const [id, act] of Object.entries(actions)) $(id).addEventListener("click", () => demo && act());
$("code-close").addEventListener("click", () => $("code").close());
$("budget").addEventListener("input", () => setBudget(budgetAt(Number($("budget").value))));
for (const id of ["webgpu", "webgl"]) {
    const address = new URLSearchParams(query);
    address.set("backend", id);
    $(id).href = "?" + address;
}

addEventListener("keydown", (event) => {
    // Many keyboards have the brackets behind AltGr, which sets Ctrl and Alt as well.
    const isShortcut = (event.ctrlKey || event.metaKey || event.altKey) && !event.getModifierState("AltGraph");
    if (!demo || $("code").open || isShortcut) return;
    const inControl = event.target.closest("input, button, a");
    const step = 80 * (devicePixelRatio || 1);
    const keys = {
        a: actions.overlay, t: actions.trim, c: actions.clear, n: actions.filter, d: actions.lose, k: actions["code-button"],
        h: () => ($("panel").hidden ? actions.unfold() : actions.fold()),
        "[": () => setBudget(budget / 2), "]": () => setBudget(budget * 2),
        "+": () => demo.zoom(2, ...middle()), "=": () => demo.zoom(2, ...middle()), "-": () => demo.zoom(-2, ...middle()),
    };
    const onWall = {
        " ": actions.tour, ArrowLeft: () => demo.drag(step, 0), ArrowRight: () => demo.drag(-step, 0),
        ArrowUp: () => demo.drag(0, step), ArrowDown: () => demo.drag(0, -step),
    };
    const act = keys[event.key.toLowerCase()] || (!inControl && onWall[event.key]);
    if (act) {
        event.preventDefault();
        act();
    }
});

// Pictures of the user's own: decoded by the browser, at most this large.
const MAX_TEXELS = 24e6;
async function addFile(file) {
    const bitmap = await createImageBitmap(file);
    const shrink = Math.min(1, Math.sqrt(MAX_TEXELS / (bitmap.width * bitmap.height)));
    const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * shrink)));
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0, width, height);
    bitmap.close();
    await recovery;
    demo.add_picture(width, height, new Uint8Array(context.getImageData(0, 0, width, height).data.buffer));
}

async function showFiles(files) {
    let skipped = 0;
    for (const [index, file] of files.entries()) {
        say(`reading ${index + 1} of ${files.length}`, true);
        try { await addFile(file); } catch { skipped += 1; }
    }
    await recovery;
    const shown = demo?.show_pictures() || 0;
    if (shown) {
        $("picture-count").textContent = count(shown);
        rest();
    }
    say(shown ? `${shown} pictures shown${skipped ? `, ${skipped} ${skipped === 1 ? "file" : "files"} skipped` : ""}` : "none of these is a picture that the browser can decode");
}
window.showFiles = showFiles;

async function filesOf(entry) {
    if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
    const reader = entry.createReader();
    const all = [];
    for (;;) {
        const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
        if (!some.length) break;
        for (const inner of some) all.push(...await filesOf(inner));
    }
    return all;
}

addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", async (event) => {
    event.preventDefault();
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const files = entries.length ? (await Promise.all(entries.map(filesOf))).flat() : [...event.dataTransfer.files];
    if (files.length) await showFiles(files);
});
$("files").addEventListener("change", () => showFiles([...$("files").files]));

// For the scripted run: stops, compares every pixel with a cache without pressure, and goes on.
window.check = async () => {
    running = false;
    try {
        const [pixels, different] = await demo.check();
        return { pixels, different };
    } finally {
        running = true;
        requestAnimationFrame(frame);
    }
};

start();
