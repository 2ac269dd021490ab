"""What the families service decides. Pure: weights, settings and time are passed in."""
