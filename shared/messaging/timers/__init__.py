"""What is to happen at a time: scheduled with the decision that asks for it, fired once."""
