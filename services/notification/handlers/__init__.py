"""What the notification service does with what it reads, and the sending of its e-mails."""

from services.notification.handlers.case_events import Handlers
from services.notification.handlers.email_sender import EmailSender

__all__ = ["EmailSender", "Handlers"]
