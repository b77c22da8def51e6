#!/usr/bin/env python3
"""Runs the page in Chromium on both backends, and compares what it draws with a cache without pressure.

Needs target/web (examples/web/build), chromium and chromedriver. Screenshots go to the folder given, or to target/web-check.
"""

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
CHROME = json.loads((ROOT / "webdriver.json").read_text())["goog:chromeOptions"]
MIB = 1 << 20


# Without these, a WebGPU canvas of headless Chromium on SwiftShader loses its device as soon as it is presented.
PRESENTS = {"webgl": [], "webgpu": ["--enable-features=Vulkan", "--use-vulkan=swiftshader"]}


class Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Driver:
    """A browser, by the WebDriver protocol."""

    def __init__(self, size, scale, arguments):
        self.process = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        for line in self.process.stdout:
            if "started successfully on port" in line:
                self.url = f"http://127.0.0.1:{line.split()[-1].rstrip('.')}/session"
                break
        options = {**CHROME, "args": CHROME["args"] + arguments}
        options["mobileEmulation"] = {
            "deviceMetrics": {"width": size[0], "height": size[1], "pixelRatio": scale, "touch": scale > 1}
        }
        self.url += "/" + self.call("POST", "", {
            "capabilities": {"alwaysMatch": {
                "goog:chromeOptions": options,
                "goog:loggingPrefs": {"browser": "ALL"},
                "timeouts": {"script": 240000, "pageLoad": 120000},
            }}
        })["sessionId"]

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

    def log(self):
        return [entry["message"] for entry in self.call("POST", "/se/log", {"type": "browser"}) if entry["level"] == "SEVERE"]

    def quit(self):
        try:
            self.call("DELETE", "")
        finally:
            self.process.terminate()


def wait_until(driver, script, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if driver.run(f"return {script};"):
            return
        time.sleep(0.2)
    raise SystemExit(f"{what}: not within {seconds} s; {driver.run('return window.failure || null;')}; {driver.log()}")


def check(driver, what):
    """Compares every pixel of the view with what a cache without pressure draws."""
    result = driver.run("return await window.check();")
    if not result or "error" in result or result["different"] != 0 or result["pixels"] == 0:
        raise SystemExit(f"{what}: {result}; {driver.log()}")
    return result["pixels"]


def run(base, backend, name, size, scale, out):
    driver = Driver(size, scale, PRESENTS[backend])
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
    out = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target/web-check")
    out.mkdir(parents=True, exist_ok=True)
    files = functools.partial(Files, directory=ROOT / "target/web")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    for backend in ["webgl", "webgpu"]:
        run(base, backend, "desktop", (1280, 800), 1, out)
        run(base, backend, "phone", (390, 844), 2, out)


if __name__ == "__main__":
    main()
