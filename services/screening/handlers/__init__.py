"""What screening does with what it reads: claim, load, decide, save, publish."""
