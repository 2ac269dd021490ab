"""The generated documents: in step with the contracts, valid, and complete."""

import json
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from services import TOPOLOGY
from shared.contracts.catalogue import messages
from shared.contracts.documents import DOCS, asyncapi, documents
from shared.privacy.register import documents as register_documents
from shared.privacy.register.classified import field_kinds, keyring_columns, own_columns
from shared.privacy.register.kinds import kinds

ASYNCAPI_CHECK = Path(__file__).parent / "asyncapi"


def test_what_is_committed_is_what_the_contracts_generate() -> None:
    made = documents(TOPOLOGY)
    stale = [path.name for path, text in made.items() if not path.exists() or path.read_text() != text]
    unknown = [path.name for path in (DOCS / "schemas").glob("*.json") if path not in made]
    assert not stale + unknown, "run `make contracts` and look at what changed"


def test_the_documents_of_the_register_are_committed() -> None:
    made = register_documents.documents(TOPOLOGY)
    stale = [path.name for path, text in made.items() if not path.exists() or path.read_text() != text]
    assert not stale, "run `make contracts` and look at what changed"


def test_the_records_of_processing_name_every_kind_party_topic_and_service() -> None:
    text = register_documents.documents(TOPOLOGY)[DOCS / "records-of-processing.md"]
    personal = {kind.name for kind in kinds().kinds.values() if kind.is_personal}
    assert personal >= {"parent-name", "child-views", "practitioner-name", "staff-name", "abuse-sign"}
    topics = {topic.name for topic in TOPOLOGY.provider_topics("{provider}") if not topic.name.endswith("dead-letters")}
    expected = personal | topics
    assert not {name for name in expected if f"`{name}`" not in text}
    assert not {name for name in (*TOPOLOGY.services, *kinds().parties) if f"| {name} |" not in text}
    held = {kind for service in TOPOLOGY.services for kind in own_columns(service).values()} | {*field_kinds().values()}
    held |= {*keyring_columns().values()}
    of_every_service = {"data-key", "whole-record", "content-digest", "row-id", "staff-name"}
    of_every_service |= {"access", "staff-role", "staff-address"}
    assert personal <= {kind.name for kind in held} | of_every_service


def test_every_topic_has_a_message_and_every_message_a_topic() -> None:
    topics = {
        each.name
        for each in (
            *TOPOLOGY.internal_topics(),
            *TOPOLOGY.agency_topics("{agency}"),
            *TOPOLOGY.provider_topics("{provider}"),
        )
    }
    without_dead_letters = {name for name in topics if not name.endswith(".dead-letters")}
    addresses = {message.address for message in messages(TOPOLOGY)} - {"{topic}.dead-letters"}
    assert addresses == without_dead_letters


def test_operations_name_who_may_send_and_receive() -> None:
    operations = asyncapi(messages(TOPOLOGY))["operations"]
    for message in messages(TOPOLOGY):
        sends = [name for name in operations if name.endswith("sends-" + message.address.translate(_NAMES))]
        assert len(sends) == len(message.senders)


_NAMES = str.maketrans({"{": "", "}": "", ".": "-"})


@pytest.fixture(scope="session")
def parser(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The official AsyncAPI parser, installed from npm as its lock file says."""
    folder = tmp_path_factory.mktemp("asyncapi") / "check"
    shutil.copytree(ASYNCAPI_CHECK, folder, ignore=shutil.ignore_patterns("node_modules"))
    npm = Path(sysconfig.get_path("scripts")) / "npm"
    # What is in npm's cache is not asked for again: its lock file says which bytes it must be.
    command = [npm, "ci", "--ignore-scripts", "--prefer-offline"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=600)
    return folder


def _check(parser: Path, document: Path) -> subprocess.CompletedProcess[str]:
    node = Path(sysconfig.get_path("scripts")) / "node"
    return subprocess.run([node, parser / "check.mjs", document], capture_output=True, text=True, timeout=120)


def test_the_asyncapi_document_is_valid_by_the_official_parser(parser: Path) -> None:
    result = _check(parser, DOCS / "asyncapi.json")
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_official_parser_would_find_a_fault(parser: Path, tmp_path: Path) -> None:
    broken = asyncapi(messages(TOPOLOGY))
    next(iter(broken["operations"].values()))["channel"] = {"$ref": "#/channels/nowhere"}
    (tmp_path / "broken.json").write_text(json.dumps(broken))
    assert _check(parser, tmp_path / "broken.json").returncode == 1
