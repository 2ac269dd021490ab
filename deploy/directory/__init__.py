"""Areas, agencies, providers and offers: as files, on the topic, and with their topics, users and ACLs."""
