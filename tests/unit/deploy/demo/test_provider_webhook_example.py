"""The example of a webhook takes what is signed and encrypted for it, once, and nothing else."""

import json
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import HTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc.jwk import ECKey
from standardwebhooks import Webhook

from services.notification.domain.webhooks import body, message
from services.notification.handlers.encryption import ProviderKey

FOLDER = Path(__file__).resolve().parents[4] / "examples" / "provider-client"
OLD, NEW = "whsec_" + "b2xk" * 8, "whsec_" + "bmV3" * 8
KEY = ECKey.generate_key("P-256")


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.syspath_prepend(str(FOLDER))
    example: Any = import_module("webhook")
    example.Receiver.key, example.Receiver.secrets = KEY, [NEW, OLD]
    with HTTPServer(("127.0.0.1", 0), example.Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
    for name in ("webhook", "subscriber"):
        sys.modules.pop(name, None)


def stop() -> str:
    headers = {"ce_id": str(uuid4()), "ce_type": "parley.referral-stopped.v1"}
    data = json.dumps({"case_id": "C1", "instruction": "Stop all work."})
    return body(ProviderKey(KEY.as_dict(private=False)).encrypt(message(headers, data)))


def sent(address: str, content: str, secret: str, at: datetime) -> int:
    headers = {
        "webhook-id": "1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("1", at, content),
    }
    return httpx.post(address, content=content, headers=headers).status_code


def test_it_takes_what_is_its_own_and_once(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    now, content = datetime.now(UTC), stop()
    assert sent(address, content, OLD, now) == 204
    assert sent(address, content, NEW, now) == 204
    assert capsys.readouterr().out == "STOP C1: Stop all work.\n"
    assert sent(address, content, "whsec_" + "c3RyYW5nZXI=" * 3, now) == 400
    assert sent(address, stop(), NEW, now - timedelta(hours=1)) == 400
    assert sent(address, "{}", NEW, now) == 400
    assert capsys.readouterr().out == ""
