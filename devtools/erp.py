"""Odoo as a member of staff uses it: log in, then call what buttons and views call."""

import http.cookiejar
import itertools
import json
import urllib.request
from typing import Any

from .steps import UserError


class Erp:
    """A session with a running Odoo."""

    def __init__(self, url: str, database: str, login: str, password: str):
        self._url = url
        self.cookies = http.cookiejar.CookieJar()
        keeping = urllib.request.HTTPCookieProcessor(self.cookies)
        self._opener = urllib.request.build_opener(keeping)
        self._numbers = itertools.count(1)
        session = {"db": database, "login": login, "password": password}
        self._post("/web/session/authenticate", session)

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a public method; raise ``UserError`` with what Odoo says."""
        call = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self._post(f"/web/dataset/call_kw/{model}/{method}", call)

    def read(self, model: str, domain: list[Any], *names: str) -> list[dict[str, Any]]:
        """Search records and give some of their fields, in the model's order."""
        return self.call(model, "search_read", domain, list(names))

    def by_xml_id(self, xml_id: str) -> int:
        """Give the number of a record of the demo data."""
        module, _dot, name = xml_id.partition(".")
        domain = [("module", "=", module), ("name", "=", name)]
        [found] = self.read("ir.model.data", domain, "res_id")
        return found["res_id"]

    def _post(self, path: str, params: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            self._url + path,
            json.dumps({"id": next(self._numbers), "params": params}).encode(),
            {"Content-Type": "application/json"},
        )
        with self._opener.open(request, timeout=60) as response:
            answer = json.load(response)
        if "error" in answer:
            raise UserError(f"Odoo: {answer['error']['data']['message']}")
        return answer.get("result")
