"""What is decided about training. Pure: time and ids are passed in."""
