"""Signs in people whose passwords are known by the identity provider's own pages, as their browsers would.

Nothing but what a browser sends: no client takes a password, and none has to for the demo or for tests.
"""

import html
import re
import ssl
import time
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

import httpx

from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.openid import Issued, OpenIdProvider

_FORM = re.compile(r"<form[^>]*\baction=\"([^\"]+)\"[^>]*>(.*?)</form>", re.DOTALL)
_INPUT = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r"(\w+)=\"([^\"]*)\"")
_PASSWORD = re.compile(r"<input\b[^>]*\bname=\"password\"")
_SECOND_FACTOR = re.compile(r"<input\b[^>]*\bname=\"(?:otp|totp|authenticatorData)\"")
# Argon2 takes a second, and on a busy machine many.
_SECONDS = 60


class Browser:
    """A browser without a screen: follows redirects within the entrance, keeps cookies, and fills in forms."""

    def __init__(self, stack: Stack) -> None:
        self._callbacks = f"{stack.entrance_url}/sign-in/callback"
        context = ssl.create_default_context(cafile=stack.identity_ca_file or None)
        self._http = httpx.Client(verify=context, trust_env=False, timeout=_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def open(self, address: str) -> httpx.Response:
        """The page at an address, or the redirect that leads back to the client."""
        return self._follow(self._http.get(address))

    def submit(self, page: httpx.Response, **values: str) -> httpx.Response:
        """The page after its form is sent with these values. Raises `ParleyError` where it has none."""
        found = _FORM.search(page.text)
        if found is None:
            raise ParleyError(f"The identity provider's page at {page.url.path} has no form to fill in.")
        inputs = [dict(_ATTRIBUTE.findall(each)) for each in _INPUT.findall(found.group(2))]
        hidden = {each["name"]: html.unescape(each.get("value", "")) for each in inputs if each.get("type") == "hidden"}
        address = page.url.join(html.unescape(found.group(1)))
        return self._follow(self._http.post(address, data=hidden | values))

    def sign_in(self, address: str, name: str, password: str) -> str:
        """The code that the client gets when this person signs in."""
        return code_of(self.submit(self.open(address), username=name, password=password))

    def _follow(self, response: httpx.Response) -> httpx.Response:
        while response.is_redirect and not response.headers["Location"].startswith(self._callbacks):
            response = self._http.get(response.url.join(response.headers["Location"]))
        return response


def code_of(response: httpx.Response) -> str:
    """The code in a redirect that leads back to the client. Raises `ParleyError` for any other page."""
    if not response.is_redirect:
        raise ParleyError("The identity provider did not let this person in.")
    return parse_qs(urlsplit(response.headers["Location"]).query)["code"][0]


def signed_in_by_device(stack: Stack, name: str, password: str) -> Issued:
    """The command line's tokens once this person has signed in at a browser and let it in.

    Raises `ParleyError` where the provider does not let them in.
    """
    try:
        with (
            OpenIdProvider(stack.identity_issuer, stack.identity_ca_file or None) as provider,
            Browser(stack) as browser,
        ):
            begun = provider.begin()
            if begun.complete_uri is None:
                raise ParleyError("The identity provider gives no address for a device's code.")
            page = browser.submit(browser.open(begun.complete_uri), username=name, password=password)
            if _PASSWORD.search(page.text):
                raise ParleyError(f"The identity provider did not let {name} in.")
            if _SECOND_FACTOR.search(page.text):
                raise ParleyError(
                    f"The identity provider asks {name} for a second factor. Whoever has one signs in at a browser: "
                    "`parley sign-in`."
                )
            if _FORM.search(page.text):
                browser.submit(page, accept="Yes")
            # They have let it in already, so it need not wait for them.
            return provider.wait(begun, sleep=lambda _seconds: time.sleep(0.1))
    except httpx.HTTPError as error:
        raise ParleyError(f"The identity provider's pages do not answer: {type(error).__name__}.") from error
