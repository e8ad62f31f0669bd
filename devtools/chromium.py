"""Chromium as a person uses it: pages, clicks, keys, pictures - and its complaints."""

import base64
import itertools
import json
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

import websocket

from . import browser
from .steps import UserError

PATIENCE = 30.0


class Page:
    """One page of a Chromium of its own. Errors of its console are in ``complaints``.

    Clicks and keys go the way of real ones, to what is on the screen at that place.
    """

    def __init__(self, width: int = 1280, height: int = 900):
        self.complaints: list[str] = []
        self._numbers = itertools.count(1)
        self._size = {"width": width, "height": height}
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)

    def __enter__(self) -> "Page":
        command = [
            browser.find() or "chromium",
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--hide-scrollbars",
            "--remote-debugging-port=0",
            "--remote-allow-origins=*",
            f"--user-data-dir={self._folder.name}",
            "about:blank",
        ]
        self._program = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._socket = websocket.create_connection(self._address(), timeout=PATIENCE)
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")
        self.resize(**self._size)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._socket.close()
        self._program.terminate()
        self._program.wait(10)
        self._folder.cleanup()

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Give a command of the DevTools protocol; take in what is told meanwhile."""
        number = next(self._numbers)
        told = {"id": number, "method": method, "params": params}
        self._socket.send(json.dumps(told))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == number:
                if "error" in answer:
                    raise UserError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self._note(answer)

    def open(self, url: str) -> None:
        self.send("Page.navigate", url=url)

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1}
        self.send("Emulation.setDeviceMetricsOverride", **size, mobile=False)

    def ask(self, script: str) -> Any:
        """Give the value of an expression in the page."""
        result = self.send(
            "Runtime.evaluate",
            expression=script,
            returnByValue=True,
            awaitPromise=True,
        )
        if "exceptionDetails" in result:
            raise UserError(f"{script}: {result['exceptionDetails']['text']}")
        return result["result"].get("value")

    def wait_for(self, script: str, within: float = PATIENCE) -> Any:
        """Wait until an expression is true; give its value."""
        deadline = time.monotonic() + within
        while not (found := self.ask(script)):
            if time.monotonic() > deadline:
                raise UserError(f"This did not come in {within:.0f} s: {script}")
            time.sleep(0.02)
        return found

    def click(self, selector: str) -> None:
        """Click in the middle of the first element that is found."""
        chosen = json.dumps(selector)
        self.wait_for(f"!!document.querySelector({chosen})")
        place = self.ask(
            f"(() => {{ const one = document.querySelector({chosen});"
            " one.scrollIntoView({block: 'center', behavior: 'instant'});"
            " const box = one.getBoundingClientRect();"
            " return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        where = {"x": place[0], "y": place[1], "button": "left", "clickCount": 1}
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, **where)

    def press(self, key: str, text: str = "") -> None:
        """Press a key by the name that pages know it by."""
        codes = {"Enter": 13, "Escape": 27, "Tab": 9}
        known = {"key": key, "code": key, "windowsVirtualKeyCode": codes.get(key, 0)}
        text = "\r" if key == "Enter" else text
        self.send("Input.dispatchKeyEvent", type="keyDown", text=text, **known)
        self.send("Input.dispatchKeyEvent", type="keyUp", **known)

    def photograph(self, file: Path, whole: bool = False) -> None:
        """Write a PNG of what is seen, or of the whole page."""
        shot = self.send("Page.captureScreenshot", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(shot["data"]))

    def _address(self) -> str:
        """The socket of the page, when Chromium is up."""
        told = Path(self._folder.name, "DevToolsActivePort")
        deadline = time.monotonic() + PATIENCE
        while not (told.exists() and told.read_text().count("\n")):
            if time.monotonic() > deadline or self._program.poll() is not None:
                raise UserError("Chromium did not start.")
            time.sleep(0.05)
        port = told.read_text().splitlines()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
            pages = [one for one in json.load(answer) if one["type"] == "page"]
        return pages[0]["webSocketDebuggerUrl"]

    def _note(self, told: dict[str, Any]) -> None:
        params = told.get("params", {})
        if told.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(params["exceptionDetails"]["text"])
        elif told.get("method") == "Log.entryAdded":
            if params["entry"]["level"] == "error":
                self.complaints.append(params["entry"]["text"])
        elif told.get("method") == "Runtime.consoleAPICalled":
            if params["type"] in ("error", "warning"):
                self.complaints.append(json.dumps(params["args"]))
