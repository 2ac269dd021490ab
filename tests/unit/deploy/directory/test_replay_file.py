import gzip
import json
from pathlib import Path

import pytest

from deploy.replay.file import read_submissions
from deploy.replay.run import Following
from deploy.stack.client_login import read_login
from deploy.stack.errors import ParleyError

AGENCIES = ("hants-mash", "surrey-police")
TOPIC = "front-door.hants-mash.screenings"
EXAMPLE = Path(__file__).parents[4] / "examples" / "front-door" / "submissions.jsonl"


def line(topic: str = TOPIC, key: object = "F1", value: object = "{}", **more: object) -> str:
    return json.dumps({"topic": topic, "key": key, "value": value, **more})


def written(folder: Path, *lines: str) -> Path:
    path = folder / "records.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_value_is_text_and_sent_as_it_is(tmp_path: Path) -> None:
    value = '{"submission_id": "b2a69f6c-5c09\u2028 café'
    (submission,) = read_submissions(written(tmp_path, line(value=value)), AGENCIES)
    assert submission.agency == "hants-mash"
    assert submission.key == b"F1"
    assert submission.value == value.encode()


def test_the_order_of_the_file_is_kept_and_blank_lines_are_passed_over(tmp_path: Path) -> None:
    path = written(
        tmp_path, line(key="1"), "", line(key="2", topic="front-door.surrey-police.screenings"), line(key="3")
    )
    assert [submission.key for submission in read_submissions(path, AGENCIES)] == [b"1", b"2", b"3"]


def test_gzip_is_read(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl.gz"
    path.write_bytes(gzip.compress(line().encode()))
    assert len(read_submissions(path, AGENCIES)) == 1


def test_the_example_is_read_whole() -> None:
    agencies = {json.loads(each)["topic"].split(".")[1] for each in EXAMPLE.read_text(encoding="utf-8").splitlines()}
    assert len(agencies) == 10
    assert len(read_submissions(EXAMPLE, agencies)) == 1500


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        ('{"topic": ', "line 2 is not JSON"),
        ("[]", "line 2 must be an object of exactly topic, key, value"),
        (line(headers=[]), "line 2 must be an object of exactly topic, key, value"),
        ('{"topic": "a", "key": "b"}', "line 2 must be an object of exactly topic, key, value"),
        (line(value={"a": 1}), "line 2: value must be text"),
        (line(key=None), "line 2: key must be text"),
        (line(topic="front-door.nobody.screenings"), "line 2: no agency of the directory owns the topic"),
        (line(topic="front-door.hants-mash.progress"), "line 2: no agency of the directory owns the topic"),
        (line(value="\ud800"), "line 2: key or value holds a character that can't be sent"),
    ],
)
def test_a_line_that_is_no_record_is_named(tmp_path: Path, bad: str, expected: str) -> None:
    with pytest.raises(ParleyError, match=expected):
        read_submissions(written(tmp_path, line(), bad), AGENCIES)


def test_a_file_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(ParleyError, match="holds no records"):
        read_submissions(written(tmp_path), AGENCIES)


def test_a_file_that_is_not_gzip(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl.gz"
    path.write_text("plain")
    with pytest.raises(ParleyError, match=r"records\.jsonl\.gz can't be read"):
        read_submissions(path, AGENCIES)


def test_following_counts_only_what_was_published_here() -> None:
    following = Following()
    for offset in (5, 6, 9):
        following.delivered("t", 0, offset)
    following.delivered("t", 1, 0)
    assert following.published == 4
    following.look({})
    assert following.decided == 0
    following.look({("t", 0): 7, ("elsewhere", 0): 100})
    assert following.decided == 2
    following.look({("t", 0): 10, ("t", 1): 1})
    assert following.decided == 4


def test_a_credentials_file_is_read_as_kafkas_tools_read_it(tmp_path: Path) -> None:
    path = tmp_path / "agency.hants-mash.properties"
    path.write_text(
        "bootstrap.servers=127.0.0.1:19092\nsecurity.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\n"
        "sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required "
        'username="agency.hants-mash" password="a=b";\n'
        "ssl.truststore.type=PEM\nssl.truststore.location=/ca.pem\n"
    )
    assert read_login(path) == {
        "bootstrap.servers": "127.0.0.1:19092",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "agency.hants-mash",
        "sasl.password": "a=b",
        "ssl.ca.location": "/ca.pem",
    }
    (tmp_path / "ca.pem").touch()  # Both files were copied from the operator's machine.
    assert read_login(path)["ssl.ca.location"] == str(tmp_path / "ca.pem")


@pytest.mark.parametrize("content", [None, "", "bootstrap.servers=x\nsecurity.protocol=y\nsasl.mechanism=z\n"])
def test_a_credentials_file_that_is_missing_or_unfinished(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "agency.hants-mash.properties"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ParleyError, match="parley directory apply"):
        read_login(path)
