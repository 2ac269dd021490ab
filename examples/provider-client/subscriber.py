"""A provider's subscriber: prints each referral, with the parents' contact details decrypted.

Copy it. It needs `pip install confluent-kafka joserfc`, and from the operator of Parley two files:
  provider.<id>.properties   your Kafka user
  provider.<id>.jwk          your private key; whoever has it can read every parent's details
Run: python subscriber.py provider.<id>.properties
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message
from joserfc import jwe
from joserfc.jwk import ECKey, OKPKey

ALGORITHMS = ["ECDH-ES+A256KW", "A256GCM"]


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
        settings["ssl.ca.location"] = properties["ssl.truststore.location"]
    return settings


def private_key(key_file: Path) -> ECKey | OKPKey:
    """The private key that parents' details are encrypted for."""
    jwk = json.loads(key_file.read_text())
    return OKPKey.import_key(jwk) if jwk["kty"] == "OKP" else ECKey.import_key(jwk)


def show(message: Message, key: ECKey | OKPKey) -> None:
    """Prints one event. The event's type is in its headers, its content is JSON."""
    headers: dict[str, Any] = dict(message.headers() or [])
    event: dict[str, Any] = json.loads(message.value() or b"{}")
    match headers.get("ce_type"):
        case b"parley.referral-offered.v1":
            print(f"REFERRAL {event['case_id']}: {event['service']}, agreed {event['agreed_at']}")
            print(f"  children aged {event['children_ages']}; {len(event['parents'])} parents follow")
        case b"parley.parent-details-shared.v1":
            opened = jwe.decrypt_compact(event["encrypted"], key, algorithms=ALGORITHMS)
            parent = json.loads(opened.plaintext or b"{}")
            contact = parent["contact"]
            print(
                f"PARENT of {event['case_id']}: {event['role']}, {parent['name']['given']} {parent['name']['family']}"
            )
            print(
                f"  safe to contact by {', '.join(contact['safe_methods'])}, {contact['safe_times'] or 'at any time'}"
            )
            print(f"  phone {contact['phone']}, e-mail {contact['email']}")
            if contact["confidential_from_other_parent"]:
                print("  NEVER tell the other parent any of this.")
        case b"parley.child-participation-shared.v1":
            takes_part = "takes part again" if event["takes_part"] else "takes part no longer: no session with them"
            print(f"CHILD {event['person_id']} of {event['case_id']} {takes_part}")
        case b"parley.referral-stopped.v1":
            print(f"STOP {event['case_id']}: {event['instruction']}")
        case _:
            pass  # Kinds of events that are added later: pass over what you do not know.


def main(properties_file: Path) -> None:
    """Reads from where it stopped last, until Ctrl-C."""
    user = properties_file.name.removesuffix(".properties")
    key = private_key(properties_file.with_suffix(".jwk"))
    consumer = Consumer(
        connection(properties_file)
        | {
            "group.id": f"{user}.example",  # Your groups start with your user name and a dot.
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([f"{user}.referrals"])
    try:
        while True:
            message = consumer.poll(1.0)
            if message is None:
                continue
            error = message.error()
            if error is not None:
                # A topic that is still being made comes by itself; anything else is for you to see.
                if error.code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                    raise KafkaException(error)
                continue
            show(message, key)
            # Only now is it yours. Should this program die before, the referral comes again.
            consumer.commit(message=message, asynchronous=False)
    except KeyboardInterrupt:
        print("Stopped; it goes on from here next time.", file=sys.stderr)
    finally:
        consumer.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python subscriber.py provider.<id>.properties")
    main(Path(sys.argv[1]))
