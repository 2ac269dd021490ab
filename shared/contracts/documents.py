"""Writes what other parties read: a JSON Schema for each message, and one AsyncAPI 3 document.

`python -m shared.contracts.documents` writes docs/schemas and docs/asyncapi.json; with `--check` it writes nothing and
exits with 1 where they differ from the contracts. Who sends and receives is in the services' manifests.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from shared.contracts.catalogue import PARAMETERS, Message, messages
from shared.contracts.manifest import listed_manifests
from shared.contracts.topology import Topology

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA_BASE = "https://parley.example/schemas"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_CE_HEADERS = {
    "ce_specversion": {"type": "string", "const": "1.0"},
    "ce_id": {"type": "string", "format": "uuid", "description": "UUIDv7; an effect happens once for each id"},
    "ce_source": {"type": "string"},
    "ce_type": {"type": "string"},
    "ce_time": {"type": "string", "format": "date-time"},
    "ce_subject": {"type": "string", "description": "the case id; of training, the practitioner's"},
    "ce_dataschema": {"type": "string", "format": "uri"},
    "content-type": {"type": "string", "const": "application/json"},
    "traceparent": {"type": "string"},
    "ce_correlationid": {"type": "string"},
    "ce_causationid": {"type": "string"},
}
_OF_A_PARTY = {
    "type": "string",
    "enum": ["application/jose", "application/json"],
    "description": "application/jose: the value is a compact JWE (RFC 7516: ECDH-ES+A256KW or ECDH-ES on P-256, "
    "A256GCM, no compression) of the payload, for the newest key of the service that reads it, which the header `kid` "
    "names; the service serves its JWK Set at /record-keys. Anything else, or none: the payload itself",
}


def _adapter(message: Message) -> TypeAdapter[Any]:
    return message.shape if isinstance(message.shape, TypeAdapter) else TypeAdapter(message.shape)


def json_schemas(listed: Sequence[Message]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(file name, schema) of each message."""
    for message in listed:
        file = f"{message.name}.v1.json"
        schema = _adapter(message).json_schema()
        if message.ce_type is None:
            schema["$comment"] = f"The record within: it may come sealed. {_OF_A_PARTY['description']}"
        yield file, {"$schema": _DIALECT, "$id": f"{SCHEMA_BASE}/{file}"} | schema


def asyncapi(listed: Sequence[Message]) -> dict[str, Any]:
    """The AsyncAPI 3.0 document: topics as channels, who sends and receives as operations."""
    inputs: list[tuple[Message, Any, TypeAdapter[Any]]] = [(each, "validation", _adapter(each)) for each in listed]
    shapes, definitions = TypeAdapter.json_schemas(inputs, ref_template="#/components/schemas/{model}")
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for message in listed:
        channel = channels.setdefault(_channel(message.address), _new_channel(message.address))
        channel["messages"][message.name] = {"$ref": f"#/components/messages/{message.name}"}
        for action, parties in (("send", message.senders), ("receive", message.receivers)):
            for party in parties:
                name = f"{party} {action}s {_channel(message.address)}".replace("{", "").replace("}", "")
                operation = operations.setdefault(name.replace(" ", "-").replace(".", "-"), _operation(action, message))
                operation["messages"].append(
                    {"$ref": f"#/channels/{_channel(message.address)}/messages/{message.name}"}
                )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Parley",
            "version": "1.0.0",
            "description": "The reducing parental conflict pathway as events: every topic, message, sender and reader.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "kafka.example:9093",
                "protocol": "kafka-secure",
                "description": "Each party signs in with its own user; ACLs follow the operations below.",
                "security": [{"$ref": "#/components/securitySchemes/scram"}],
            }
        },
        "channels": channels,
        "operations": operations,
        "components": {
            "securitySchemes": {"scram": {"type": "scramSha512"}},
            "messages": {
                message.name: {
                    "name": message.name,
                    "title": message.ce_type or message.name,
                    "summary": message.summary,
                    "contentType": "application/json",
                    "headers": _headers(message),
                    "payload": _plain(shapes[(message, "validation")]),
                }
                for message in listed
            },
            "schemas": {name: _plain(schema) for name, schema in definitions.get("$defs", {}).items()},
        },
    }


def _channel(address: str) -> str:
    return address.replace("{", "").replace("}", "").replace(".", "-")


def _new_channel(address: str) -> dict[str, Any]:
    channel: dict[str, Any] = {"address": address, "messages": {}}
    used = {name: {"description": text} for name, text in PARAMETERS.items() if f"{{{name}}}" in address}
    return channel | ({"parameters": used} if used else {})


def _operation(action: str, message: Message) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{_channel(message.address)}"}, "messages": []}


def _headers(message: Message) -> dict[str, Any]:
    properties: dict[str, Any] = dict(_CE_HEADERS)
    if message.ce_type is None:
        properties["content-type"] = _OF_A_PARTY
        return {"type": "object", "properties": properties}
    properties["ce_type"] = {"type": "string", "const": message.ce_type}
    return {"type": "object", "properties": properties, "required": list(_CE_HEADERS)}


def _plain(schema: Any) -> Any:
    """Without `discriminator`: JSON Schema's form of it is an object, AsyncAPI's a string; oneOf says as much."""
    if isinstance(schema, dict):
        return {key: _plain(value) for key, value in schema.items() if key != "discriminator"}
    return [_plain(value) for value in schema] if isinstance(schema, list) else schema


def documents(topology: Topology) -> dict[Path, str]:
    """Every generated file with its text."""
    listed = messages(topology)
    files = {DOCS / "schemas" / name: schema for name, schema in json_schemas(listed)}
    files[DOCS / "asyncapi.json"] = asyncapi(listed)
    return {path: json.dumps(content, indent=2, ensure_ascii=False) + "\n" for path, content in files.items()}


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write the JSON Schemas and the AsyncAPI document.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where something differs")
    check = parser.parse_args().check
    made = documents(Topology(listed_manifests()))
    stale = [path for path, text in made.items() if not path.exists() or path.read_text() != text]
    stale += [path for path in (DOCS / "schemas").glob("*.json") if path not in made]
    for path in stale:
        print(f"{'differs' if check else 'written'}: {path.relative_to(DOCS.parent)}")
        if not check and path in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(made[path])
        elif not check:
            path.unlink()
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
