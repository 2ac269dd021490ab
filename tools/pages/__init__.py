"""Brings what the pages are dressed in: the release files of GOV.UK Frontend, without its typeface."""
