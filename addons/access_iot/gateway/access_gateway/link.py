"""Talking to the ERP: the calls of ``docs/device-api.yaml``, their errors in words."""

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import httpx

BASE = "/access/gateway/v1/"

PATIENCE_S, CONNECT_S = 10.0, 5.0


class LinkError(Exception):
    """The ERP gave no answer that can be used; trying again later may help."""


class Unreachable(LinkError):
    """The ERP is away, or the network is."""


class Refused(LinkError):
    """The ERP said no: ``status`` and ``answer`` tell what to."""

    def __init__(self, status: int, answer: Mapping[str, Any]):
        super().__init__(answer.get("message") or f"the server answered {status}")
        self.status = status
        self.answer = answer
        self.code = answer.get("error")


class CutOff(Refused):
    """The ERP does not know the token any more, or not for the time being."""


class Link:
    """The gateway's connection; used within ``async with``."""

    def __init__(self, url: str, token: str):
        self._client = httpx.AsyncClient(
            base_url=url + BASE,
            headers={"Authorization": f"Bearer {token}"},
        )

    async def __aenter__(self) -> "Link":
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, traceback)

    async def post(
        self, call: str, body: Mapping[str, Any], patience: float = PATIENCE_S
    ) -> dict[str, Any]:
        """Give the answer to a call; raise ``LinkError``."""
        timeout = httpx.Timeout(patience, connect=CONNECT_S)
        try:
            return _answer(await self._client.post(call, json=body, timeout=timeout))
        except httpx.HTTPError as error:
            raise _unreachable(error) from error


def pair(url: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Trade a code for an identity; raise ``LinkError``."""
    timeout = httpx.Timeout(PATIENCE_S, connect=CONNECT_S)
    try:
        return _answer(httpx.post(f"{url}{BASE}pair", json=body, timeout=timeout))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _unreachable(error) from error


def _unreachable(error: Exception) -> Unreachable:
    words = str(error) or type(error).__name__
    return Unreachable(f"the server is not reachable: {words}")


def _answer(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except (UnicodeDecodeError, json.JSONDecodeError):
        answer = None
    status = response.status_code
    if status == 200 and isinstance(answer, dict):
        return answer
    if not isinstance(answer, dict):
        raise LinkError(f"the server answered {status}, but not as an ERP does")
    raise (CutOff if status == 401 else Refused)(status, answer)
