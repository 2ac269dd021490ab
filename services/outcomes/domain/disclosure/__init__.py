"""Statistical disclosure control: which counts of a table are held back, so that no small one can be worked out."""
