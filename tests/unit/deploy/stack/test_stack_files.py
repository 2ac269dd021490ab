"""The files of a home: secrets, logs, settings."""

import base64
import json
import shutil
import stat
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from deploy.stack import kafka, kafka_jars, recovery
from deploy.stack.errors import ParleyError, StackNotRunning
from deploy.stack.home import Home, describe_stack, load_stack, with_login
from deploy.stack.log_file import RotatingLog, tail
from deploy.stack.ports import PREFERRED_PORTS, PortClaims
from deploy.stack.secret_store import SecretStore
from deploy.stack.services import OPENING_RECORDS, SERVICE_NAMES
from deploy.stack.settings import Outside, choose_addresses
from shared.access.roles import Role
from shared.privacy.key_encryption import LocalKeys, keys_in
from shared.privacy.sealed_records import RecordKeys


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.create()
    home.remember(ports=dict(PREFERRED_PORTS))
    return home


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_made_once_and_remembered(tmp_path: Path) -> None:
    first = SecretStore(tmp_path / "secrets.json").ensure(["a", "b"])
    again = SecretStore(tmp_path / "secrets.json").ensure(["b", "c"])
    assert first["b"] == again["b"]
    assert len({*first.values(), again["c"]}) == 3
    assert mode(tmp_path / "secrets.json") == 0o600


def test_unreadable_secrets_give_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{half")
    with pytest.raises(ParleyError, match="Restore it, or remove"):
        SecretStore(tmp_path / "secrets.json").all()


def test_nobody_else_sees_into_a_home(home: Home) -> None:
    assert mode(home.path) == 0o700
    assert mode(home.key_encryption_key) == 0o600


def test_keys_survive_a_second_start(home: Home) -> None:
    before = home.key_encryption_key.read_text()
    home.create()
    assert home.key_encryption_key.read_text() == before


def test_digests_have_the_key_that_they_were_made_under_whatever_wraps_data_keys(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    oldest = keys_in(home.key_encryption_key)
    home.fingerprint_key.unlink()
    home.create()
    derived = base64.b64decode(home.fingerprint_key.read_text())
    assert derived == LocalKeys(oldest).fingerprint_key(), "as from before it had a file"
    assert mode(home.fingerprint_key) == 0o600
    home.key_encryption_key.write_text(base64.b64encode(bytes(32)).decode() + "\n")
    home.create()
    assert base64.b64decode(home.fingerprint_key.read_text()) == derived
    home.key_encryption_key.unlink()
    monkeypatch.setenv("PARLEY_KEK", "vault:parley")
    home.create()
    assert not home.key_encryption_key.exists()


def test_keys_for_sealed_records_are_made_once_and_a_new_one_keeps_those_before(home: Home) -> None:
    path = home.record_keys("screening")
    before = json.loads(path.read_text())["keys"]
    home.create()
    assert json.loads(path.read_text())["keys"] == before
    home.make_record_key("screening")
    (newest, *rest) = json.loads(path.read_text())["keys"]
    assert rest == before
    assert mode(path) == 0o600
    (published,) = RecordKeys(path).published()["keys"]
    assert (published["kid"], "d" in published) == (newest["kid"], False)
    assert {each.name for each in home.keys.glob("*.jwks")} == {f"{name}-record-keys.jwks" for name in OPENING_RECORDS}


@pytest.mark.parametrize("hours", ["0", "-1", "soon", "inf", "10000", "nan"])
def test_a_retention_that_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, hours: str) -> None:
    monkeypatch.setenv("PARLEY_RAW_RETENTION_HOURS", hours)
    with pytest.raises(ParleyError, match="PARLEY_RAW_RETENTION_HOURS is"):
        Outside.from_environment()


def test_a_retention_is_remembered_for_who_looks_later(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_RAW_RETENTION_HOURS", "1.5")
    choose_addresses(home, Outside.from_environment(), PortClaims())
    assert home.remembered()["raw_retention_hours"] == 1.5


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(ParleyError, match="Set PARLEY_HOME"):
        Home(tmp_path / "home").create()


def test_a_stack_that_does_not_run_is_not_loaded(home: Home) -> None:
    with pytest.raises(StackNotRunning, match="parley up"):
        load_stack(home)


def test_a_dead_supervisor_is_no_stack(home: Home) -> None:
    home.state_file.write_text(json.dumps({"pid": 1, "started_s": 1.0, "phase": "ready", "processes": {}}))
    with pytest.raises(StackNotRunning):
        load_stack(home)


def test_a_service_gets_its_own_settings_and_no_others(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_POSTGRES_URL", "postgresql://root:secret@elsewhere/postgres")
    monkeypatch.setenv("PARLEY_DATABASE_URL", "postgresql://left:over@elsewhere/shell")
    monkeypatch.setenv("PARLEY_CLOCK", "events")
    stack = describe_stack(home)
    screening, outcomes = (stack.process_environment(name) for name in ("screening", "outcomes"))
    assert screening["PARLEY_DATABASE_URL"].startswith("postgresql://screening:")
    assert urlsplit(screening["PARLEY_KEYRING_URL"]).path == "/keyring"
    assert screening["PARLEY_CLOCK"] == "events"
    assert "PARLEY_PSEUDONYM_KEY_FILE" not in screening
    assert "PARLEY_POSTGRES_URL" not in screening
    assert "PARLEY_SMTP_HOST" not in outcomes
    passwords = {stack.service_environment(name)["PARLEY_KAFKA_PASSWORD"] for name in SERVICE_NAMES}
    assert len(passwords) == len(SERVICE_NAMES)


def test_an_unknown_kafka_user_is_named(home: Home) -> None:
    with pytest.raises(ParleyError, match=r"provider\.nobody"):
        describe_stack(home).client_properties("provider.nobody")


def test_a_url_keeps_its_options_with_another_login() -> None:
    url = with_login("postgresql://admin:a@db:6432/postgres?sslmode=require", "screening", "p/w", "keyring")
    assert url == "postgresql://screening:p%2Fw@db:6432/keyring?sslmode=require"


def test_outside_servers_are_remembered_apart_from_their_passwords(home: Home, tmp_path: Path) -> None:
    claims = PortClaims(tmp_path / "claims")
    outside = Outside(
        kafka="bus:9092", kafka_username="root", kafka_password="hidden", postgres_url="postgresql://a:b@c/d"
    )
    choose_addresses(home, outside, claims)
    stack = describe_stack(home)
    assert (stack.kafka_bootstrap, stack.admin_username) == ("bus:9092", "root")
    assert stack.database_admin_url == "postgresql://a:b@c/d"
    assert "hidden" not in home.stack_file.read_text()
    choose_addresses(home, Outside(), claims)
    claims.release()
    assert describe_stack(home).kafka_bootstrap.startswith("127.0.0.1:")
    assert describe_stack(home).admin_properties()["ssl.ca.location"] == str(home.root_certificate)


@pytest.mark.parametrize(
    "options", ["", "?sslmode=require", "?sslmode=verify-full", "?sslmode=verify-ca&sslrootcert={}"]
)
def test_a_database_on_another_machine_is_reached_over_tls_with_a_known_authority(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: str
) -> None:
    (authority := tmp_path / "an authority.crt").touch()
    url = "postgresql://a:b@db:5432/postgres"
    monkeypatch.setenv("PARLEY_POSTGRES_URL", url + options.format(authority))
    with pytest.raises(ParleyError, match="sslmode=verify-full&sslrootcert=FILE") as refused:
        Outside.from_environment()
    assert ":b@" not in str(refused.value)
    monkeypatch.setenv("PARLEY_POSTGRES_TLS", "optional")
    assert urlsplit(Outside.from_environment().postgres_url).hostname == "db"


def test_the_authority_of_a_database_is_found_from_every_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "an authority.crt").touch()
    monkeypatch.chdir(tmp_path)
    url = "postgresql://a:b@db:5432/postgres?sslmode=verify-full&sslrootcert="
    monkeypatch.setenv("PARLEY_POSTGRES_URL", f"{url}an%20authority.crt")
    options = parse_qs(urlsplit(Outside.from_environment().postgres_url).query)
    assert options == {"sslmode": ["verify-full"], "sslrootcert": [str(tmp_path / "an authority.crt")]}
    monkeypatch.setenv("PARLEY_POSTGRES_URL", f"{url}elsewhere.crt")
    with pytest.raises(ParleyError, match="where there is no file"):
        Outside.from_environment()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PARLEY_EXTERNAL_KAFKA", "bus:9092", "PARLEY_KAFKA_ADMIN_USERNAME"),
        ("PARLEY_KAFKA_SECURITY_PROTOCOL", "PLAINTEXT", "nobody gets in without a password"),
        ("PARLEY_KAFKA_CA_FILE", "/nowhere/ca.crt", "where there is no file"),
        ("PARLEY_POSTGRES_URL", "db:5432", "postgresql://"),
    ],
)
def test_outside_settings_that_cannot_work_are_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ParleyError, match=message):
        Outside.from_environment()


def test_the_broker_lets_nobody_in_by_default(home: Home) -> None:
    settings = kafka.server_properties(describe_stack(home), "secret")
    assert "allow.everyone.if.no.acl.found=false\n" in settings
    assert "auto.create.topics.enable=false\n" in settings
    assert "PLAINTEXT" not in settings
    assert "listener.security.protocol.map=CLIENT:SASL_SSL,CONTROLLER:SASL_SSL\n" in settings
    listeners = next(line for line in settings.splitlines() if line.startswith("listeners="))
    assert listeners.count("://127.0.0.1:") == 2


def test_a_log_turns_over_at_a_whole_line(tmp_path: Path) -> None:
    log = RotatingLog(tmp_path / "a.log", limit_bytes=20, kept=2)
    for number in range(8):
        log.write(b"line %d, and then h" % number)
        log.write(b"alf\n")
    log.close()
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["a.log", "a.log.1", "a.log.2"]
    for path in tmp_path.iterdir():
        content = path.read_text()
        assert content == "" or (content.startswith("line ") and content.endswith("half\n"))
    assert "line 7" in tail(tmp_path / "a.log.1") + tail(tmp_path / "a.log")


def test_a_full_disk_is_reported_before_anything_breaks(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery.shutil, "disk_usage", lambda _folder: SimpleNamespace(free=700 * 1024**2))
    with pytest.raises(ParleyError, match="Only 700 MiB are free"):
        recovery.check_room(home)


def test_a_cut_off_jar_is_noticed(tmp_path: Path) -> None:
    kafka_jars.fetch()
    shutil.copytree(kafka_jars.jars_folder(), tmp_path, dirs_exist_ok=True)
    assert kafka_jars.wrong_jars(tmp_path.glob("*.jar")) == set()
    victim = next(tmp_path.glob("zstd*.jar"))
    victim.write_bytes(victim.read_bytes()[:-1])
    assert kafka_jars.wrong_jars(tmp_path.glob("*.jar")) == {victim.name}


@pytest.mark.parametrize(
    ("given", "asked"),
    [("coordinator, operator", ("coordinator", "operator")), ("none", ()), ("all", tuple(Role)), ("", None)],
)
def test_a_home_remembers_whom_it_asks_for_a_second_factor(
    home: Home, monkeypatch: pytest.MonkeyPatch, given: str, asked: tuple[str, ...] | None
) -> None:
    for text in (given, ""):
        monkeypatch.setenv("PARLEY_SECOND_FACTOR", text)
        choose_addresses(home, Outside.from_environment(), PortClaims())
        assert describe_stack(home).second_factor == asked
    invalid = {"PARLEY_SECOND_FACTOR": "mayor", "PARLEY_ENTRANCE_NAME": "https://a", "PARLEY_ENTRANCE_KEY": "/x"}
    for name, wrong in invalid.items():
        monkeypatch.setenv(name, wrong)
        with pytest.raises(ParleyError, match=name):
            Outside.from_environment()
        monkeypatch.delenv(name)
