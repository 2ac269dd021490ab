"""What the notification service decides. Pure: time, ids and knowledge are passed in."""
