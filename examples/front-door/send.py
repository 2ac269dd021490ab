"""A front door's sender: seals each screening for Parley's key before it leaves, and sends it.

Copy it. It needs `pip install confluent-kafka joserfc`, and from the operator of Parley two files:
  agency.<id>.properties   your Kafka user
  screening.jwks           the public key to seal for (`parley record-keys show screening`); it is no secret
Run: python send.py agency.<id>.properties screening.jwks RECORD.json …
Each file is one screening, as JSON. Its key is your own reference of the family, so that its records keep their order.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaError, Message, Producer
from joserfc import jwe
from joserfc.jwk import ECKey

HEADERS = {"content-type": "application/jose"}


def sealed(record: bytes, jwks: dict[str, Any]) -> bytes:
    """The record as a compact JWE (RFC 7516) that only Parley's screening service can open."""
    jwk = jwks["keys"][0]
    header = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM", "kid": jwk["kid"], "cty": "application/json"}
    allowed = [header["alg"], header["enc"]]
    return jwe.encrypt_compact(header, record, ECKey.import_key(jwk), algorithms=allowed).encode()


def connection(properties_file: Path) -> dict[str, str]:
    """The settings of confluent-kafka from a file in the form of Kafka's own console tools."""
    lines = [line for line in properties_file.read_text().splitlines() if "=" in line]
    properties = dict(line.split("=", 1) for line in lines)
    login = dict(re.findall(r'(username|password)="([^"]*)"', properties["sasl.jaas.config"]))
    settings = {
        "bootstrap.servers": properties["bootstrap.servers"],
        "security.protocol": properties["security.protocol"],
        "sasl.mechanism": properties["sasl.mechanism"],
        "sasl.username": login["username"],
        "sasl.password": login["password"],
    }
    if "ssl.truststore.location" in properties:
        # The authority's certificate: where the operator had it, or beside your properties file.
        there, here = Path(properties["ssl.truststore.location"]), properties_file.parent
        settings["ssl.ca.location"] = str(there if there.exists() else here / there.name)
    return settings


def main(properties_file: Path, jwks_file: Path, record_files: list[Path]) -> int:
    """Sends each record. Returns how many the broker has not taken."""
    jwks = json.loads(jwks_file.read_text())
    producer = Producer(connection(properties_file) | {"enable.idempotence": "true"})
    refused: list[Path] = []
    for path in record_files:
        record = json.loads(path.read_text())

        def delivered(error: KafkaError | None, _message: Message, path: Path = path) -> None:
            if error:
                refused.append(path)
                print(f"{path}: {error.str()}", file=sys.stderr)

        producer.produce(
            f"front-door.{record['agency']}.screenings",
            key=record["family_ref"],
            value=sealed(path.read_bytes(), jwks),
            headers=HEADERS,
            on_delivery=delivered,
        )
    return producer.flush(30) + len(refused)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), [Path(name) for name in sys.argv[3:]]))
