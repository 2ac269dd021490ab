"""How long until what somebody does in one browser is on another's screen: real Chromium, over TLS, no reload."""

import asyncio
import os
import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import uvicorn
from playwright.async_api import Browser, Page, async_playwright

from deploy.bench.measured.pages_answered import Served
from deploy.bench.measured.program import Task, run_measured
from services import MANIFESTS
from shared.postgres.pool import open_pool
from shared.privacy.keyring import Keyring
from shared.service.key_encryption import key_encryption_of
from shared.service.memory import freeze_startup_objects
from shared.service.openapi_documents import settings_of

_WARM_UP = 3
_PATIENCE_MS = 15_000
_STREAM = re.compile(r"/changes\?of=")
# Both browsers have this machine's clock.
_NOW = "performance.timeOrigin + performance.now()"
_APPEARS = f"""text => new Promise(found => {{
    const look = () => document.body.textContent.includes(text) && (watching.disconnect(), found({_NOW}));
    const watching = new MutationObserver(look);
    watching.observe(document, {{subtree: true, childList: true, characterData: true}});
}})"""
_SENDS = f"button => {{ const at = {_NOW}; button.form.requestSubmit(button); return at; }}"


class _Entrance:
    """What the entrance does with a request: the service finds its paths without the prefix."""

    def __init__(self, app: Any, prefix: str) -> None:
        self._app, self._prefix = app, prefix

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "").removeprefix(self._prefix)
        await self._app({**scope, "path": path, "raw_path": path.encode()}, receive, send)


async def _live(task: Task) -> Task:
    (manifest,) = (each for each in MANIFESTS if each.name == "referral")
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        origin = f"https://localhost:{listener.getsockname()[1]}"
        os.environ.update(task["environment"] | {"PARLEY_ENTRANCE_URL": origin})
        settings = settings_of(manifest)()
        keyring_pool = await open_pool(settings.keyring_url.get_secret_value(), connections=2, name="bench-keyring")
        stack.push_async_callback(keyring_pool.close)
        pool = await open_pool(task["database"], connections=8, name=manifest.name)
        stack.push_async_callback(pool.close)
        served = Served(manifest, settings, pool, Keyring(keyring_pool, *key_encryption_of(settings)))
        freeze_startup_objects()
        await stack.enter_async_context(_serving(_Entrance(served.app, "/referral"), listener, task["files"]))
        playwright = await stack.enter_async_context(async_playwright())
        started = await playwright.chromium.launch(executable_path=task["chromium"], args=["--no-sandbox"])
        stack.push_async_callback(started.close)
        acts, looks = [await _signed_in(started, origin, await served.signed_in(each)) for each in task["people"]]
        return {"milliseconds": await _times(acts, looks, f"{origin}/referral{task['address']}", task["samples"])}


async def _times(acts: Page, looks: Page, address: str, samples: int) -> list[float]:
    """What passed from each submit until the other's screen had it."""
    async with looks.expect_response(_STREAM), looks.expect_response(lambda each: "hx-request" in each.request.headers):
        await looks.goto(address)
    found = []
    for number in range(-_WARM_UP, samples):
        words = f"Note {number} of the bench."
        await acts.goto(address)
        await acts.get_by_label("Add a note").fill(words)
        appears = asyncio.create_task(looks.evaluate(_APPEARS, words))
        await asyncio.sleep(0.5)
        button = acts.get_by_label("Add a note").locator("xpath=ancestor::form").get_by_role("button")
        async with acts.expect_navigation():
            began = await button.evaluate(_SENDS)
        async with asyncio.timeout(_PATIENCE_MS / 1000):
            seen = await appears
        if number >= 0:
            found.append(seen - began)
    return found


async def _signed_in(browser: Browser, origin: str, cookie: bytes) -> Page:
    name, _, value = cookie.decode().partition("=")
    context = await browser.new_context(ignore_https_errors=True, locale="en-GB")
    context.set_default_timeout(_PATIENCE_MS)
    await context.add_cookies(
        [{"name": name, "value": value, "url": origin, "secure": True, "httpOnly": True, "sameSite": "Lax"}]
    )
    return await context.new_page()


@asynccontextmanager
async def _serving(app: Any, listener: socket.socket, files: dict[str, str]) -> AsyncIterator[None]:
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", **files)  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.force_exit = server.should_exit = True
        await running


if __name__ == "__main__":
    run_measured(_live)
