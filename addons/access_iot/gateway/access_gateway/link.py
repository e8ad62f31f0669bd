"""Talking to the ERP: the calls of ``docs/device-api.yaml``, their errors in words."""

import json
import ssl
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, NoReturn

import httpx

from .errors import in_plain_words

BASE = "/access/gateway/v1/"

PATIENCE_S, CONNECT_S = 10.0, 5.0

# An answer that is longer is read no further: rules of a million persons are shorter.
MOST = 500_000_000


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
    """The gateway's connection; used within ``async with``.

    Of several ``tokens`` the first is used, and the next when the ERP refuses it.
    """

    def __init__(self, url: str, token: str):
        self.tokens: tuple[str, ...] = (token,)
        self._client = httpx.AsyncClient(base_url=url + BASE)

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
        return _answer(await self._call(call, body, patience))

    async def fetch(self, call: str, body: Mapping[str, Any], most: int) -> bytes:
        """Give a file of at most so many bytes; raise ``LinkError``."""
        response = await self._call(call, body, PATIENCE_S, most)
        if response.status_code != 200:
            _refuse(response)
        return response.content

    async def _call(
        self, call: str, body: Mapping[str, Any], patience: float, most: int = MOST
    ) -> httpx.Response:
        tokens, timeout = self.tokens, httpx.Timeout(patience, connect=CONNECT_S)
        for token in tokens:
            headers = {"Authorization": f"Bearer {token}"}
            try:
                async with self._client.stream(
                    "POST", call, json=body, headers=headers, timeout=timeout
                ) as answer:
                    response = await _read(answer, most)
            except httpx.HTTPError as error:
                raise _unreachable(error) from error
            if response.status_code != 401:
                break
        if response.status_code == 401 and tokens != self.tokens:
            # Renewed while this call was on its way with the old one.
            raise LinkError("the keys were renewed meanwhile")
        return response


async def _read(answer: httpx.Response, most: int) -> httpx.Response:
    """Read an answer whole, but not one that is too long."""
    read = bytearray()
    async for part in answer.aiter_bytes():
        read += part
        if len(read) > most:
            raise LinkError(f"the server's answer is longer than {most} bytes")
    return httpx.Response(answer.status_code, content=bytes(read))


def pair(url: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Trade a code for an identity; raise ``LinkError``."""
    timeout = httpx.Timeout(PATIENCE_S, connect=CONNECT_S)
    try:
        return _answer(httpx.post(f"{url}{BASE}pair", json=body, timeout=timeout))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _unreachable(error) from error


def knock(url: str, tokens: Sequence[str]) -> httpx.Response:
    """Give the answer to a call that changes nothing; raise ``Unreachable``."""
    for token in tokens or ("",):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            answer = httpx.post(
                f"{url}{BASE}sync", json={}, headers=headers, timeout=PATIENCE_S
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _unreachable(error) from error
        if answer.status_code != 401:
            break
    return answer


def is_refusal(response: httpx.Response) -> bool:
    """Tell whether an answer says no as the ERP does."""
    answer = _json(response)
    return isinstance(answer, dict) and bool(answer.get("error"))


def _unreachable(error: Exception) -> Unreachable:
    return Unreachable(f"the server is not reachable: {_words(error)}")


def _words(error: Exception) -> str:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({cause.verify_message})"
    if cause is not None:
        return "no TLS is spoken there: is it http://, or another port?"
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    return in_plain_words(error)


def _answer(response: httpx.Response) -> dict[str, Any]:
    answer = _json(response)
    if response.status_code == 200 and isinstance(answer, dict):
        return answer
    _refuse(response)


def _refuse(response: httpx.Response) -> NoReturn:
    """Raise what an answer says that is not the one hoped for."""
    answer, status = _json(response), response.status_code
    if not isinstance(answer, dict):
        raise LinkError(f"the server answered {status}, but not as an ERP does")
    raise (CutOff if status == 401 else Refused)(status, answer)


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except (UnicodeDecodeError, json.JSONDecodeError):
        return None
