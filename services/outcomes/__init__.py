"""The outcomes service: what helped, in facts for analysts and a summary for commissioners."""
