"""The demo: 1,500 records of families through the whole pathway, with providers and a mail server that are real."""
