"""Returns to a funder: which published numbers go into which column, as data with days of validity."""
