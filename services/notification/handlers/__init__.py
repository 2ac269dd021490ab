"""What the notification service does with what it reads, and the sending of its e-mails: the rooms of transactions."""
