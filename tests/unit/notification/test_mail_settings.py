"""Mail leaves this machine by TLS alone, unless somebody decides otherwise."""

import pytest

from services.notification.settings import NotificationSettings


@pytest.mark.parametrize(
    ("host", "set_to", "by_tls"),
    [
        ("127.0.0.1", None, False),
        ("::1", None, False),
        ("localhost", None, False),
        ("mail.council.gov.uk", None, True),
        ("10.0.0.5", None, True),
        ("localhost.council.gov.uk", None, True),
        ("10.0.0.5", False, False),
        ("127.0.0.1", True, True),
    ],
)
def test_mail_to_another_machine_goes_by_tls(host: str, set_to: bool | None, by_tls: bool) -> None:
    assert NotificationSettings(smtp_host=host, smtp_starttls=set_to).mails_by_tls is by_tls
