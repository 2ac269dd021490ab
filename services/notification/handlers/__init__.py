"""What the notification service does with what it reads, and the sending of its e-mails."""

from services.notification.handlers.email_sender import EmailSender
from services.notification.handlers.subscribers import Handlers

__all__ = ["EmailSender", "Handlers"]
