"""The mail server of a stack: for the service that sends mail, and for Keycloak, which sends people their links."""

from pydantic import ValidationError

from deploy.stack.errors import ParleyError
from shared.service.mail import MailSettings

_SENDER = "parley@localhost"


def service_mail(port: int) -> dict[str, str]:
    """The PARLEY_ variables of a service that sends mail. Raises `ParleyError`.

    `port`: of the stack's own mail server, which is used where the shell names none.
    """
    mail = _mail(port)
    found = {
        "PARLEY_SMTP_HOST": mail.smtp_host,
        "PARLEY_SMTP_PORT": str(mail.smtp_port),
        "PARLEY_SMTP_FROM": mail.smtp_from,
        "PARLEY_SMTP_STARTTLS": str(mail.mails_by_tls).lower(),
    }
    if mail.smtp_username:
        found |= {
            "PARLEY_SMTP_USERNAME": mail.smtp_username,
            "PARLEY_SMTP_PASSWORD": mail.smtp_password.get_secret_value(),
        }
    return found


def keycloak_mail(port: int) -> dict[str, str]:
    """The same server in the terms of Keycloak's `smtpServer`. Raises `ParleyError`."""
    mail = _mail(port)
    found = {
        "host": mail.smtp_host,
        "port": str(mail.smtp_port),
        "from": mail.smtp_from,
        "fromDisplayName": "Parley",
        "starttls": str(mail.mails_by_tls).lower(),
        "auth": str(bool(mail.smtp_username)).lower(),
    }
    if mail.smtp_username:
        found |= {"user": mail.smtp_username, "password": mail.smtp_password.get_secret_value()}
    return found


def _mail(port: int) -> MailSettings:
    try:
        mail = MailSettings()
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        raise ParleyError(f"PARLEY_{str(wrong['loc'][0]).upper()} can't be used: {wrong['msg']}.") from None
    own = {"smtp_port": port, "smtp_from": _SENDER}
    return mail.model_copy(update={name: value for name, value in own.items() if name not in mail.model_fields_set})
