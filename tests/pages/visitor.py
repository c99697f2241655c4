"""A browser without a script: keeps cookies, sends forms as they stand on the page."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import httpx

_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


class Visitor:
    """Somebody who looks at pages."""

    def __init__(self, address: str) -> None:
        self.http = httpx.Client(base_url=address, follow_redirects=True, timeout=60)

    def sign_in(self, name: str) -> httpx.Response:
        answer = self.http.post("/review/sign-in", data={"name": name})
        assert answer.url.path == "/review", answer.text
        return answer

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.http.get(path, params=query or None)

    def token(self) -> str:
        """What the forms of this session have in the field `csrf`."""
        found = _TOKEN.search(self.get("/review").text)
        assert found
        return unescape(found[1])

    def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form of this session's."""
        return self.http.post(path, data={"csrf": self.token(), **fields})
