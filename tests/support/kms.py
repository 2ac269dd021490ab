"""A server with the API of AWS KMS, in a process of its own on a free port of the loopback interface: moto's.

It encrypts for real (AES-256-GCM, with the encryption context bound in) and keeps its keys to itself. It does not
check who asks.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import httpx


class Kms:
    """Its address, and keys in it."""

    def __init__(self, address: str) -> None:
        self.address = address

    @property
    def settings(self) -> Mapping[str, str]:
        """What boto3 finds it by."""
        return {
            "AWS_ENDPOINT_URL_KMS": self.address,
            "AWS_REGION": "eu-west-2",
            "AWS_DEFAULT_REGION": "eu-west-2",
            "AWS_ACCESS_KEY_ID": "of-a-test",
            "AWS_SECRET_ACCESS_KEY": "of-a-test",
        }

    @property
    def client(self) -> Any:
        """boto3's, with the rights of whoever administers it."""
        return boto3.client(
            "kms",
            endpoint_url=self.address,
            region_name="eu-west-2",
            aws_access_key_id="of-a-test",
            aws_secret_access_key="of-a-test",
        )

    def new_key(self) -> str:
        """A key; its id."""
        return str(self.client.create_key()["KeyMetadata"]["KeyId"])


@contextmanager
def kms(folder: Path) -> Iterator[Kms]:
    """Runs one, without keys."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with (folder / "kms.log").open("wb") as log:
        start = (sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port))
        running = subprocess.Popen(start, stdout=log, stderr=log, env={**os.environ, "HOME": str(folder)})
    try:
        deadline = time.monotonic() + 120
        while not _is_up(address):
            assert running.poll() is None, (folder / "kms.log").read_text()
            assert time.monotonic() < deadline, "the KMS does not answer"
            time.sleep(0.1)
        yield Kms(address)
    finally:
        running.terminate()
        running.wait(20)


def _is_up(address: str) -> bool:
    try:
        return httpx.get(f"{address}/moto-api/", trust_env=False, timeout=20).is_success
    except httpx.HTTPError:
        return False
