"""Somebody at the pages without a browser: keeps cookies, and sends the forms that they find on a page."""

import html
import re
from collections.abc import Mapping
from typing import Any

import httpx

from tests.support.pages_service import PagesService, coordinator

_INPUT = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r"([\w-]+)=\"([^\"]*)\"")


class Visitor:
    """One person's cookies."""

    def __init__(self, service: PagesService) -> None:
        self.service = service
        self.http = httpx.AsyncClient(verify=False, trust_env=False, timeout=30)  # noqa: S501 - our own server's certificate

    async def __aenter__(self) -> "Visitor":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def get(self, path: str, **options: Any) -> httpx.Response:
        """The answer to one request, redirects not followed."""
        address = path if path.startswith("http") else f"{self.service.url}{path}"
        return await self.http.get(address, **options)

    async def follow(self, path: str) -> httpx.Response:
        """The page at the end of all redirects."""
        return await self.http.get(
            path if path.startswith("http") else f"{self.service.url}{path}", follow_redirects=True
        )

    async def signs_in(self, name: str = "r.malik", *areas: str, **claims: Any) -> httpx.Response:
        """Signs in, and comes to the worklist."""
        self.service.provider.person = coordinator(name, *areas, **claims)
        return await self.follow("/sign-in?to=/referral/pages/worklist")

    async def callback(self) -> str:
        """The way back from the provider, not yet taken."""
        begun = await self.get("/sign-in?to=/referral/pages/worklist")
        return str((await self.http.get(begun.headers["location"])).headers["location"])

    async def sends(
        self, page: httpx.Response, form: str, values: Mapping[str, Any] | None = None, **headers: str
    ) -> httpx.Response:
        """The answer to a form of a page, as it is found there, with these values."""
        found = re.search(rf'<form[^>]*action="{re.escape(form)}"[^>]*>(.*?)</form>', page.text, re.DOTALL)
        assert found is not None, f"no form {form}"
        inputs = [dict(_ATTRIBUTE.findall(each)) for each in _INPUT.findall(found[1])]
        hidden = {each["name"]: html.unescape(each["value"]) for each in inputs if each.get("type") == "hidden"}
        return await self.http.post(
            f"{self.service.origin}{form}",
            data={**hidden, **(values or {})},
            headers={"Origin": self.service.origin, **headers},
        )
