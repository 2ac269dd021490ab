"""A provider's subscriber: prints everything that Parley tells a provider, with parents' contact details decrypted.

Copy it. It needs `pip install confluent-kafka joserfc`, two files from the operator of Parley, and one of your own:
  provider.<id>.properties   your Kafka user
  kafka-ca.crt               the authority by which you know that it is our broker
  provider.<id>.jwk          your private key, which you made; whoever has it can read every parent's details
Run: python subscriber.py provider.<id>.properties
"""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

ALGORITHMS = ["ECDH-ES+A256KW", "A256GCM"]
Event = dict[str, Any]
Key = ECKey | OKPKey


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


def private_key(key_file: Path) -> Key:
    """The private key that parents' details are encrypted for."""
    jwk = json.loads(key_file.read_text())
    return OKPKey.import_key(jwk) if jwk["kty"] == "OKP" else ECKey.import_key(jwk)


def people(event: Event) -> list[str]:
    """Who takes part, as an offer and a changed family say it."""
    children = [f"aged {age}" for age in event.get("children_ages", [])]
    children += [f"expected on {day}" for day in event.get("children_expected", [])]
    taking_part = len(event.get("children_taking_part", []))
    return [
        f"{len(event['parents'])} parents: {', '.join(event['parents'])}",
        f"children: {', '.join(children) or 'none'}; {taking_part} of them take part",
    ]


def offered(event: Event, _key: Key) -> list[str]:
    """A family is referred to you."""
    return [f"REFERRAL {event['case_id']}: {event['service']}, agreed {event['agreed_at']}", *people(event)]


def family_changed(event: Event, _key: Key) -> list[str]:
    """The family is another than you were told. Who is not named takes part no longer."""
    return [f"FAMILY CHANGED of {event['case_id']}: this replaces what you had", *people(event)]


def parent(event: Event, key: Key) -> list[str]:
    """One parent's details. They are encrypted for you, and replace those that you had of the same parent."""
    opened = jwe.decrypt_compact(event["encrypted"], key, algorithms=ALGORITHMS)
    details = json.loads(opened.plaintext or b"{}")
    name, contact = details["name"], details["contact"]
    lines = [
        f"PARENT of {event['case_id']}: {event['role']}, {name['given']} {name['family']}",
        f"safe to contact by {', '.join(contact['safe_methods'])}, {contact['safe_times'] or 'at any time'}",
        f"phone {contact['phone']}, e-mail {contact['email']}",
    ]
    if contact["confidential_from_other_parent"]:
        lines.append("NEVER tell the other parent any of this.")
    return lines


def child(event: Event, _key: Key) -> list[str]:
    """A child takes part no longer, or again."""
    takes_part = "takes part again" if event["takes_part"] else "takes part no longer: no session with them"
    return [f"CHILD {event['person_id']} of {event['case_id']} {takes_part}"]


def stopped(event: Event, _key: Key) -> list[str]:
    """All work on the case ends at once."""
    return [f"STOP {event['case_id']}: {event['instruction']}"]


def erased(event: Event, _key: Key) -> list[str]:
    """A person was erased: remove what you hold of them."""
    return [f"ERASED person {event['person_id']} of {event['case_id']}: {event['instruction']}"]


def follow_up(event: Event, _key: Key) -> list[str]:
    """Months after the end, one parent is to be asked again."""
    occasion = event["occasion"].replace("-", " ")
    return [
        f"FOLLOW-UP of {event['case_id']}: ask parent {event['person_id']} for the measures again ({occasion})",
        f"answer with an update `measure` of the occasion {event['occasion']}",
    ]


def findings(event: Event) -> list[str]:
    """What was wrong with what you sent, field by field."""
    return [f"{each['field']}: {each['rule']}" for each in event.get("findings", [])]


def update_refused(event: Event, _key: Key) -> list[str]:
    """An update of yours changed nothing."""
    about = f"{event['update']} ({event['update_id']}) of {event['case_id']}"
    return [f"REFUSED {about}: {event['explanation']} [{event['reason']}]", *findings(event)]


def update_set_aside(event: Event, _key: Key) -> list[str]:
    """A record of yours could not be read. Mend it and send it again."""
    where = f"record {event['offset']} of partition {event['partition']} of your updates"
    return [f"NOT READ: {where} ({event.get('update_id') or 'no update_id'})", *findings(event)]


KINDS: dict[str, Callable[[Event, Key], list[str]]] = {
    "parley.referral-offered.v1": offered,
    "parley.family-changed-shared.v1": family_changed,
    "parley.parent-details-shared.v1": parent,
    "parley.child-participation-shared.v1": child,
    "parley.referral-stopped.v1": stopped,
    "parley.person-erased-shared.v1": erased,
    "parley.follow-up-asked.v1": follow_up,
    "parley.update-refused.v1": update_refused,
    "parley.update-set-aside.v1": update_set_aside,
}


def lines_of(kind: str, value: bytes, key: Key) -> list[str]:
    """One record in plain words. Kinds are added as Parley grows, so one that is not known is shown, never dropped.

    Nor does a record that cannot be read stop those behind it: the next may be the message to stop.
    """
    if kind not in KINDS:
        return [f"UNKNOWN record ({kind or 'it names no kind'}): look for a newer version of this program"]
    try:
        return KINDS[kind](json.loads(value), key)
    except (ValueError, KeyError, TypeError, AttributeError, JoseError) as error:
        # Never the content: it may be somebody's address.
        return [f"UNREADABLE record ({kind}): {type(error).__name__}; ask the operator to send it again"]


def show(message: Message, key: Key) -> None:
    """Prints one record: its kind is in the headers, its content is JSON."""
    headers: dict[str, Any] = dict(message.headers() or [])
    kind = headers.get("ce_type") or b""
    first, *more = lines_of(kind.decode(errors="replace"), message.value() or b"", key)
    print("\n  ".join([first, *more]))


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
    consumer.subscribe([f"{user}.referrals", f"{user}.refusals"])
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
