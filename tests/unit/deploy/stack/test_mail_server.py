"""The mail server of a stack: the same for the services that send and for Keycloak, however it is set."""

import os

import pytest

from deploy.stack.errors import ParleyError
from deploy.stack.mail import keycloak_mail, service_mail
from services.notification.settings import NotificationSettings

PORT = 18025


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PARLEY_SMTP_")]:
        monkeypatch.delenv(name)


def by_tls(monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether mail goes by TLS alone; the service and Keycloak must agree."""
    environment, smtp = service_mail(PORT), keycloak_mail(PORT)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    of_the_service = NotificationSettings()
    assert (smtp["host"], smtp["port"]) == (of_the_service.smtp_host, str(of_the_service.smtp_port))
    assert smtp["starttls"] == str(of_the_service.mails_by_tls).lower()
    return of_the_service.mails_by_tls


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        *((given, True) for given in ("1", "true", "True", "yes", "on", "ON", "t", "y")),
        *((given, False) for given in ("0", "false", "no", "off", "f", "n")),
    ],
)
@pytest.mark.parametrize("host", ["127.0.0.1", "mail.council.gov.uk"])
def test_every_boolean_is_understood_by_both(
    monkeypatch: pytest.MonkeyPatch, host: str, given: str, expected: bool
) -> None:
    monkeypatch.setenv("PARLEY_SMTP_HOST", host)
    monkeypatch.setenv("PARLEY_SMTP_STARTTLS", given)
    assert by_tls(monkeypatch) is expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", False), ("127.0.0.2", False), ("localhost", False), ("::1", False), ("mail.council.gov.uk", True)],
)
def test_where_nothing_is_set_only_this_machine_gets_mail_in_the_clear(
    monkeypatch: pytest.MonkeyPatch, host: str, expected: bool
) -> None:
    monkeypatch.setenv("PARLEY_SMTP_HOST", host)
    assert by_tls(monkeypatch) is expected


def test_a_value_that_is_neither_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_SMTP_STARTTLS", "perhaps")
    for read in (service_mail, keycloak_mail):
        with pytest.raises(ParleyError, match="PARLEY_SMTP_STARTTLS"):
            read(PORT)


def test_the_stack_s_own_server_is_used_where_none_is_named() -> None:
    assert service_mail(PORT) == {
        "PARLEY_SMTP_HOST": "127.0.0.1",
        "PARLEY_SMTP_PORT": str(PORT),
        "PARLEY_SMTP_FROM": "parley@localhost",
        "PARLEY_SMTP_STARTTLS": "false",
    }
    assert keycloak_mail(PORT)["auth"] == "false"


def test_a_name_and_password_go_to_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_SMTP_USERNAME", "parley")
    monkeypatch.setenv("PARLEY_SMTP_PASSWORD", given := "-".join(("of", "the", "server")))
    assert service_mail(PORT)["PARLEY_SMTP_PASSWORD"] == given
    smtp = keycloak_mail(PORT)
    assert (smtp["auth"], smtp["user"], smtp["password"]) == ("true", "parley", given)
