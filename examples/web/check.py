#!/usr/bin/env python3
"""Runs the page in a browser on both backends, compares what it draws with a cache without pressure, and tries its controls.

Needs target/web (examples/web/build), and chromium and chromedriver, or firefox and geckodriver with --browser firefox: that
one has WebGL only with a display, such as Xvfb's. Screenshots go to the folder given, or to target/web-check.
"""

import argparse
import base64
import functools
import http.server
import json
import pathlib
import subprocess
import sys
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
OPTIONS = json.loads((ROOT / "webdriver.json").read_text())
MIB = 1 << 20
TAB, ESCAPE, LEFT = "\ue004", "\ue00c", "\ue012"


class Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Driver:
    """A browser, by the WebDriver protocol."""

    def __init__(self, command, ready, capabilities):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if ready in line:
                address = line.split()[-1].rstrip(".")
                self.url = f"http://127.0.0.1:{address.split(':')[-1]}/session"
                break
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        capabilities["timeouts"] = {"script": 240000, "pageLoad": 120000}
        self.url += "/" + self.call("POST", "", {"capabilities": {"alwaysMatch": capabilities}})["sessionId"]

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"content-type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=300) as response:
            return json.load(response)["value"]

    def go(self, url):
        self.call("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        return self.call("POST", "/execute/async", {
            "script": "const done = arguments[arguments.length - 1];"
            f"(async (...args) => {{ {script} }})(...arguments).then(done, (error) => done({{ error: String(error) }}));",
            "args": list(arguments),
        })

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self.call("GET", "/screenshot")))

    def press(self, *keys):
        for key in keys:
            steps = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
            self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": steps}]})

    def touch(self, *fingers):
        """Touches with fingers that go from point to point, 100 ms each, and lift."""
        def steps(points):
            moves = [{"type": "pointerMove", "duration": 100, "x": x, "y": y} for x, y in points]
            return [moves[0], {"type": "pointerDown", "button": 0}, *moves[1:], {"type": "pointerUp", "button": 0}]

        kind = {"type": "pointer", "parameters": {"pointerType": "touch"}}
        sources = [{**kind, "id": f"finger {i}", "actions": steps(points)} for i, points in enumerate(fingers)]
        self.call("POST", "/actions", {"actions": sources})

    def quit(self):
        try:
            self.call("DELETE", "")
        finally:
            self.process.terminate()


class Chromium(Driver):
    CALM = ["--force-prefers-reduced-motion"]
    # Without these, a WebGPU canvas of headless Chromium on SwiftShader loses its device as soon as it is presented.
    PRESENTS = {"webgl": [], "webgpu": ["--enable-features=Vulkan", "--use-vulkan=swiftshader"]}

    def __init__(self, size, scale, backend, calm=False):
        options = dict(OPTIONS["goog:chromeOptions"])
        options["args"] = options["args"] + self.PRESENTS[backend] + (self.CALM if calm else [])
        options["mobileEmulation"] = {
            "deviceMetrics": {"width": size[0], "height": size[1], "pixelRatio": scale, "touch": scale > 1}
        }
        super().__init__(["chromedriver", "--port=0"], "started successfully on port", {
            "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"},
        })

    def log(self):
        # What WebGPU refuses is a warning. So is a driver's advice on speed.
        entries = self.call("POST", "/se/log", {"type": "browser"})
        messages = [entry["message"] for entry in entries if entry["level"] in ("SEVERE", "WARNING")]
        return [message for message in messages if "(OpenGL, Performance" not in message]


class Firefox(Driver):
    def __init__(self, size, scale, backend, calm=False):
        options = dict(OPTIONS["moz:firefoxOptions"])
        prefs = {"layout.css.devPixelsPerPx": str(scale), "ui.prefersReducedMotion": int(calm)}
        options["prefs"] = {**options["prefs"], **prefs}
        super().__init__(["geckodriver", "--port=0"], "Listening on", {"moz:firefoxOptions": options})
        # The window is larger than the page. Firefox refuses less than 500 pixels across.
        inner = self.run("return [innerWidth, innerHeight];")
        outer = self.call("GET", "/window/rect")
        rect = {"width": outer["width"] + size[0] - inner[0], "height": outer["height"] + size[1] - inner[1]}
        self.call("POST", "/window/rect", rect)

    def go(self, url):
        super().go(url)
        # Its driver has no log: what comes after loading is kept by the page.
        self.run(
            "window.complaints = []; const keep = (text) => complaints.push(String(text)); console.error = keep;"
            "addEventListener('error', (event) => keep(event.message));"
            "addEventListener('unhandledrejection', (event) => keep(event.reason));"
        )

    def log(self):
        return self.run("return window.complaints || [];")


BROWSERS = {"chromium": Chromium, "firefox": Firefox}


def wait_until(driver, script, seconds, what, *arguments):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if driver.run(f"return {script};", *arguments) is True:
            return
        time.sleep(0.2)
    raise SystemExit(f"{what}: not within {seconds} s; {driver.run('return window.failure || null;')}; {driver.log()}")


def check(driver, what):
    """Compares every pixel of the view with what a cache without pressure draws."""
    result = driver.run("return await window.check();")
    if not result or "error" in result or result["different"] != 0 or result["pixels"] == 0:
        raise SystemExit(f"{what}: {result}; {driver.log()}")
    return result["pixels"]


def wait_for_camera(driver, camera, what):
    """Waits until the wall is seen by this camera, up to half a pixel."""
    off = "Math.hypot(x - args[0], y - args[1]) * pitch < 0.5 && Math.abs(pitch / args[2] - 1) < 0.002"
    wait_until(driver, f"(([x, y, pitch]) => {off})(demo.camera())", 30, what, *camera)


def controls(browser, base, name, size, scale, out):
    """Drags and pinches the wall, and goes through the panel without a mouse."""
    driver = browser(size, scale, "webgl", calm=True)
    try:
        driver.go(f"{base}/?backend=webgl&budget=16MiB")
        wait_until(driver, "!!(window.ready && demo.frames() > 5)", 120, "the first frames")
        x, y, pitch = driver.run("return [...demo.camera()];")
        time.sleep(1)
        wait_for_camera(driver, (x, y, pitch), "rest, with reduced motion")
        left, top = size[0] // 2, size[1] // 4
        driver.touch([(left, top), (left - 60, top - 30)])
        x, y = x + 60 * scale / pitch, y + 30 * scale / pitch
        wait_for_camera(driver, (x, y, pitch), "a drag")
        # Twice as far apart: what is between the fingers stays. One lifts, and the other goes on as a drag.
        driver.touch(
            [(left - 20, top), (left - 40, top)],
            [(left + 20, top), (left + 40, top), (left + 40, top + 50)],
        )
        above = (size[1] / 2 - top) * scale
        x, y, pitch = x, y - above / pitch + above / (2 * pitch) - 50 * scale / (2 * pitch), 2 * pitch
        wait_for_camera(driver, (x, y, pitch), "a pinch that ends as a drag")
        slider = driver.run("const { x, y, width, height } = document.getElementById('budget').getBoundingClientRect();"
                            "return [x, y + height / 2, width];")
        at = [(round(slider[0] + slider[2] * share), round(slider[1])) for share in (0.6, 0.3)]
        driver.touch(at)
        wait_until(driver, f"JSON.parse(demo.figures()).budget < {5 * MIB}", 30, "the budget, by touch")
        if driver.run("return scrollX || scrollY || visualViewport.scale !== 1;"):
            raise SystemExit(f"{name}: the browser has scrolled or zoomed the page")
        driver.run("document.querySelector('canvas').focus();")
        driver.press(LEFT)
        wait_for_camera(driver, (x - 80 * scale / pitch, y, pitch), "an arrow key")
        driver.press("k")
        wait_until(driver, "document.getElementById('code').open", 30, "the dialog")
        driver.press(ESCAPE)
        wait_until(driver, "!document.getElementById('code').open", 30, "Escape")
        panel = "[...document.querySelectorAll('#panel button, #panel input, #panel a')]"
        for control in driver.run(f"return {panel}.filter((one) => one.getClientRects().length).map((one) => one.id);"):
            driver.press(TAB)
            focus = driver.run(
                "const one = document.activeElement, shown = one.id === 'files' ? one.nextElementSibling : one;"
                "return [one.id, getComputedStyle(shown).outlineStyle];"
            )
            if focus != [control, "solid"]:
                raise SystemExit(f"{name}: Tab should show the focus on {control!r}, not {focus}")
        driver.screenshot(out / f"{name}-controls.png")
        if errors := driver.log():
            raise SystemExit(f"errors in the console: {errors[:5]}")
        print(f"{name}, controls: touch and keyboard work")
    finally:
        driver.quit()


def run(browser, base, backend, name, size, scale, out):
    driver = browser(size, scale, backend)
    started = time.monotonic()
    try:
        driver.go(f"{base}/?backend={backend}&budget=16MiB&tour")
        wait_until(driver, "!!(window.ready && window.figures && window.figures.uploads > 100)", 120, "the first pictures")
        shown = "WebGPU" if backend == "webgpu" else "Gl"
        adapter = driver.run("return demo.adapter();")
        if shown.lower() not in adapter.lower():
            raise SystemExit(f"asked for {backend}, got {adapter}")
        time.sleep(6)
        driver.screenshot(out / f"{name}-{backend}-before.png")
        before = driver.run("return JSON.parse(demo.figures());")
        pixels = check(driver, f"{name}, {backend}, 16 MiB")
        # A quarter, while the tour goes on.
        driver.run("setBudget(4 * 1048576); return true;")
        driver.screenshot(out / f"{name}-{backend}-cut.png")
        wait_until(driver, f"JSON.parse(demo.figures()).vram <= {4 * MIB}", 30, "the budget")
        after = driver.run("return JSON.parse(demo.figures());")
        pixels += check(driver, f"{name}, {backend}, 4 MiB")
        driver.screenshot(out / f"{name}-{backend}-after.png")
        time.sleep(3)
        pixels += check(driver, f"{name}, {backend}, 4 MiB, later")
        frame = driver.run("return document.getElementById('frame').textContent;")
        driver.run(
            "const blob = async (w, h, hue) => { const c = new OffscreenCanvas(w, h), x = c.getContext('2d');"
            "for (let i = 0; i < 40; i += 1) { x.fillStyle = `hsl(${hue + i * 9} 70% 55%)`;"
            "x.fillRect(w * i / 40, 0, w / 40 + 1, h); x.fillRect(0, h * i / 40, w * i / 40, h / 80); }"
            "return new File([await c.convertToBlob()], 'picture.png', { type: 'image/png' }); };"
            "const files = []; for (let i = 0; i < 12; i += 1) files.push(await blob(300 + 160 * i, 200 + 90 * i, i * 30));"
            "files.push(new File(['no picture'], 'notes.txt')); await window.showFiles(files); return true;"
        )
        time.sleep(2)
        pixels += check(driver, f"{name}, {backend}, own pictures")
        driver.screenshot(out / f"{name}-{backend}-own.png")
        driver.run("demo.set_overlay(true); return true;")
        time.sleep(1)
        driver.screenshot(out / f"{name}-{backend}-atlas.png")
        driver.run("demo.lose_device(); return true;")
        wait_until(driver, "window.losses === 1", 60, "another device")
        pixels += check(driver, f"{name}, {backend}, after a loss") if driver.run("await new Promise((r) => setTimeout(r, 1000)); return true;") else 0
        errors = [line for line in driver.log() if "favicon" not in line]
        print(
            f"{name}, {backend} ({adapter}): {pixels} pixels compared, none differs; {before['vram'] / MIB:.2f} MiB, then"
            f" {after['vram'] / MIB:.2f} MiB, {after['evictions']} evictions; frame and longest {frame};"
            f" {time.monotonic() - started:.0f} s"
        )
        if errors:
            raise SystemExit(f"errors in the console: {errors[:5]}")
    finally:
        driver.quit()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=pathlib.Path, default=ROOT / "target/web-check")
    parser.add_argument("--browser", choices=BROWSERS, default="chromium")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    files = functools.partial(Files, directory=ROOT / "target/web")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    browser = BROWSERS[options.browser]
    desktop, phone = ("desktop", (1280, 800), 1), ("phone", (390 if browser is Chromium else 500, 844), 2)
    for backend in ["webgl", "webgpu"]:
        run(browser, base, backend, *desktop, options.out)
        run(browser, base, backend, *phone, options.out)
    controls(browser, base, *phone, options.out)


if __name__ == "__main__":
    main()
