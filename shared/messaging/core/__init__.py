"""What publishing and consuming share: envelopes, records, findings, connections, codecs and retries."""
