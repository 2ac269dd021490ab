"""A provider's webhook: takes what Parley sends to your own https address, and prints it in plain words.

Copy it. It needs `pip install standardwebhooks joserfc confluent-kafka`, `subscriber.py` beside it, and two files:
  provider.<id>.jwk   your private key, which you made; whoever has it can read every parent's details
  webhook.secret      what `parley provider webhook set` printed, one secret a line: two while you change it
Run it behind whatever has your certificate: python webhook.py provider.<id>.jwk webhook.secret 8080
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from joserfc import jwe
from joserfc.errors import JoseError
from standardwebhooks import Webhook, WebhookVerificationError
from subscriber import ALGORITHMS, Event, Key, lines_of, private_key

LARGEST = 4 * 1024 * 1024


class NotOursError(Exception):
    """It was not sent by Parley to you, or not now."""


def opened(body: bytes, headers: dict[str, str], secrets: list[str], key: Key) -> Event:
    """The CloudEvent in a message, after its signature was checked. Raises NotOursError."""
    for secret in secrets:
        try:
            encrypted = Webhook(secret).verify(body, headers)["encrypted"]
            return dict(json.loads(jwe.decrypt_compact(encrypted, key, algorithms=ALGORITHMS).plaintext or b""))
        except (WebhookVerificationError, JoseError, ValueError, KeyError, TypeError):
            continue
    raise NotOursError


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 for what is yours now: what you answer otherwise, or too late, comes again."""

    key: Key
    secrets: list[str]
    seen: set[str] = set()  # noqa: RUF012 - in a system of your own this is a table, written with what you keep

    def do_POST(self) -> None:
        """One message."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, LARGEST))
        try:
            event = opened(body, dict(self.headers), self.secrets, self.key)
        except NotOursError:
            self.send_error(400)
            return
        if event["id"] not in self.seen:
            first, *more = lines_of(event["type"], json.dumps(event["data"]).encode(), self.key)
            print("\n  ".join([first, *more]), flush=True)
            self.seen.add(event["id"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing of a family is for a log."""


def main(key_file: Path, secret_file: Path, port: int) -> None:
    """Serves on this machine alone: your proxy with its certificate is in front."""
    Receiver.key = private_key(key_file)
    Receiver.secrets = secret_file.read_text().split()
    HTTPServer(("127.0.0.1", port), Receiver).serve_forever()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("Usage: python webhook.py provider.<id>.jwk webhook.secret PORT")
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
