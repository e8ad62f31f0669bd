"""An ERP for one gateway, following docs/device-api.yaml, in the loop of the test."""

import asyncio
import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from access_gateway.identity import Identity
from access_gateway.journal import Head
from access_policy import GENESIS, link
from access_policy.event import record_of

from .fake_push import FakePush

BASE = "/access/gateway/v1/"
GATEWAY = "7f0c6c52-3a43-4a6c-9f6f-2f5a3f1c0a11"
SEAL_KEY = bytes(range(32))
TOKEN = "token-of-the-gateway"
FORKED = "The server holds another event 1."


class FakeErp:
    """Keeps what a gateway sends; ``requests`` lists all calls with their bodies."""

    def __init__(self, gateway: str = GATEWAY):
        self.gateway = gateway
        self.key = Ed25519PrivateKey.generate()
        self.codes = {"K7QM-4TXR"}
        self.token = TOKEN
        self.seal_key = SEAL_KEY
        # Keys to come: token, seal key, signing key, and the rules made with them.
        self.next: tuple[str, bytes, Ed25519PrivateKey, dict[str, Any]] | None = None
        # What is offered to install, and the file.
        self.release: dict[str, Any] | None = None
        self.wheel = b""
        self.events: list[dict[str, Any]] = []
        self.head = Head()
        # Numbers that the gateway told are missing for good: first and last.
        self.gaps: list[tuple[int, int]] = []
        self.forks = 0
        self.policy: dict[str, Any] | None = None
        # By the version that each goes on from; without one the whole is given out.
        self.changes: dict[int, dict[str, Any]] = {}
        self.facts: list[dict[str, Any]] = []
        self.version = 0
        self.commands: list[dict[str, Any]] = []
        self.results: dict[str, dict[str, Any]] = {}
        self.status: dict[str, Any] = {}
        self.compared: list[dict[str, Any]] = []
        self.policy_version_seen = 0
        self.requests: list[tuple[str, dict[str, Any]]] = []
        # Who has which locker by the log: credential and person, by locker.
        self.holders: dict[str, tuple[int, int | None]] = {}
        self.clock_ahead = timedelta()
        # What goes wrong: replies that get lost, and a status that answers a call.
        self.lost_replies = 0
        self.refusals: dict[str, tuple[int, dict[str, Any]]] = {}
        self.uploading = self.most_uploading = 0
        # Without it no websocket is taken, as by an ERP behind a simple proxy.
        self.push: FakePush | None = None
        self.port = 0
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task, asyncio.StreamWriter] = {}
        self._heard = asyncio.Condition()

    async def __aenter__(self) -> "FakeErp":
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.stop()

    async def start(self) -> None:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Go away: refuse connections and drop those there are."""
        self._server.close()
        for writer in self._connections.values():
            writer.transport.abort()
        if self._connections:
            await asyncio.wait(list(self._connections))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def until(self, holds: Callable[[], Any], within: float = 5.0) -> None:
        """Wait until something holds after a call of the gateway."""
        async with self._heard:
            await asyncio.wait_for(self._heard.wait_for(holds), within)

    def problem(self, device: str | None = None) -> str:
        """Give what the gateway last said is wrong with it, or with a device."""
        about = self.status["devices"][device] if device else self.status
        return about.get("problem") or ""

    # What the ERP gives

    def identity(self) -> Identity:
        return Identity.from_document({"url": self.url, **self._pairing()})

    def publish(self, document: dict[str, Any]) -> None:
        """Give out a policy; its version is the next one unless it says another."""
        document = {"version": self.version + 1, **document}
        self.version = document["version"]
        self.policy = self.sign(json.dumps(document))

    def publish_change(self, document: dict[str, Any], **changes: Any) -> None:
        """Give out a change, and the whole that it leads to for who asks for that."""
        base = self.version
        self.publish(document)
        self.changes[base] = self.sign(
            json.dumps(
                {
                    "format": 2,
                    "gateway": self.gateway,
                    "base": base,
                    "version": self.version,
                    **changes,
                }
            )
        )

    def tell(self, *events: str, state: dict[str, Any] | None = None) -> None:
        """Tell what happened elsewhere; a cursor counts what was told."""
        cursor = str(len(self.facts) + 1)
        self.facts.append({"cursor": cursor, "state": state, "events": list(events)})

    def sign(self, payload: str) -> dict[str, str]:
        signature = self.key.sign(payload.encode())
        return {
            "payload": payload,
            "signature": base64.b64encode(signature).decode(),
        }

    def renew(self, token: str, seal_key: bytes, document: dict[str, Any]) -> None:
        """Hand out new keys until the token is used; then give out new rules."""
        self.next = token, seal_key, Ed25519PrivateKey.generate(), document

    def _use_next(self) -> None:
        self.token, self.seal_key, self.key, document = self.next
        self.next = None
        self.publish(document)

    def command(self, key: str, **fields: Any) -> dict[str, Any]:
        """Give out a command to release point 1, good for a minute."""
        now = self.now()
        command = {
            "id": key,
            "kind": "release",
            "point": 1,
            "user": 7,
            "issued_at": now.isoformat(),
            "expires_at": (now + timedelta(minutes=1)).isoformat(),
            **fields,
        }
        self.commands.append(command)
        return command

    def restore(self, sequence: int) -> None:
        """Be as a backup was that knew the events up to one."""
        self.events = [e for e in self.events if e["sequence"] <= sequence]
        last = self.events[-1] if self.events else Head()._asdict()
        self.head = Head(last["sequence"], last["hash"])

    def now(self) -> datetime:
        return datetime.now(timezone.utc) + self.clock_ahead

    def _pairing(self) -> dict[str, Any]:
        return {
            "gateway": self.gateway,
            **_told(self.token, self.seal_key, self.key),
            "journal": self.head._asdict(),
        }

    # Calls

    def _answer(
        self, call: str, token: str, body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        if call in self.refusals:
            return self.refusals[call]
        if call == "pair":
            return self._pair(body)
        if self.next and token == f"Bearer {self.next[0]}":
            self._use_next()
        if token != f"Bearer {self.token}":
            return 401, {"error": "token_invalid", "message": "Unknown gateway."}
        if body.get("gateway") != self.gateway:
            return 403, {"error": "wrong_gateway", "message": "Another gateway."}
        calls = {"sync": self._sync, "events": self._keep, "compare": self._compare}
        calls |= {"picture": lambda _body: (200, {}), "release": _hand_on}
        return calls[call](body)

    def _pair(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        code = body["code"].upper()
        if code not in self.codes:
            return 401, {"error": "pairing_code_invalid", "message": "No such code."}
        self.codes.discard(code)
        return 200, self._pairing()

    def _sync(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        told = [body["status"], *body["status"]["devices"].values()]
        if not all(_is_line(about["problem"]) for about in told):
            return 422, {"error": "malformed", "message": "Not a line of text."}
        self.status = body["status"]
        self.policy_version_seen = body["policy_version"]
        for result in body["results"]:
            self.results[result["command"]] = result
        there = body["policy_version"]
        newer = self.changes.get(there, self.policy) if there < self.version else None
        told = int(body["facts"] or 0)
        return 200, {
            "time": self.now().isoformat(),
            "policy": newer,
            "facts": self.facts[told] if told < len(self.facts) else None,
            "keys": _told(*self.next[:3]) if self.next else None,
            "release": self.release,
            "lockers": {str(bank): self.holders for bank in body["banks"]},
            "commands": [c for c in self.commands if c["id"] not in self.results],
            "journal": self.head._asdict(),
        }

    def _compare(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if body["version"] < self.version:
            return 409, {"error": "rules_outdated", "message": "There are newer rules."}
        self.compared.append(body)
        return 200, {"differences": 0}

    def _keep(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        held = {event["sequence"]: event["hash"] for event in self.events}
        floor = Head(**body["floor"]) if body.get("floor") else self.head
        if floor.sequence > self.head.sequence:
            self.gaps.append((self.head.sequence + 1, floor.sequence))
            self.head = floor
        for event in body["events"]:
            if event["sequence"] <= self.head.sequence:
                if event["hash"] != held.get(event["sequence"], event["hash"]):
                    self.forks += 1
                    return 409, {"error": "journal_forked", "message": FORKED}
                continue
            if event["sequence"] > self.head.sequence + 1:
                break
            if event["hash"] != link(self.head.hash, record_of(event)):
                answer = {"error": "journal_broken", "message": "The chain is broken."}
                return 409, {**answer, "acknowledged": self.head.sequence}
            self.events.append(event)
            self.head = Head(event["sequence"], event["hash"])
        return 200, {"acknowledged": self.head.sequence}

    # HTTP

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._connections[asyncio.current_task()] = writer
        try:
            while await self._serve_one(reader, writer):
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            del self._connections[asyncio.current_task()]
            writer.close()

    async def _serve_one(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one request; tell whether the connection goes on."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if head.startswith("GET "):
            await self._serve_push(head, reader, writer)
            return False
        method, path, _version = head.split("\r\n")[0].split()
        fields = dict(
            line.lower().split(": ", 1) if ": " in line else (line, "")
            for line in head.split("\r\n")[1:]
        )
        body = json.loads(await reader.readexactly(int(fields["content-length"])))
        assert (method, path[: len(BASE)]) == ("POST", BASE)
        call = path[len(BASE) :]
        self.uploading += call == "events"
        self.most_uploading = max(self.most_uploading, self.uploading)
        # Others get a turn, so that two uploads at once would meet here.
        await asyncio.sleep(0)
        token = next((v for k, v in fields.items() if k == "authorization"), "")
        status, answer = self._answer(call, token.replace("bearer", "Bearer"), body)
        self.uploading -= call == "events"
        self.requests.append((call, body))
        async with self._heard:
            self._heard.notify_all()
        if call == "events" and self.lost_replies:
            self.lost_replies -= 1
            writer.transport.abort()
            return False
        text = json.dumps(answer).encode()
        if (call, status) == ("release", 200):
            text = self.wheel
        writer.write(
            b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (status, len(text), text)
        )
        return True

    async def _serve_push(
        self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self.push is None:
            writer.write(b"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n")
        else:
            await self.push.serve(head, self.token, reader, writer)


def _told(token: str, seal_key: bytes, key: Ed25519PrivateKey) -> dict[str, str]:
    public = key.public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw
    )
    return {
        "token": token,
        "seal_key": seal_key.hex(),
        "policy_key": base64.b64encode(public).decode(),
    }


def _hand_on(_body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return 200, {}


def _is_line(words: str | None) -> bool:
    return words is None or (words.isprintable() and len(words) <= 1000)


assert GENESIS == Head().hash
