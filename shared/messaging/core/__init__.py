"""What sending and reading both stand on: envelopes, records, findings, connections, codecs, and how to retry."""
