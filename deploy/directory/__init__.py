"""The directory of areas, agencies, providers and offers: files, HSDS, the topic, credentials, users and ACLs."""
