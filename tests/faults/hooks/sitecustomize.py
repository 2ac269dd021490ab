"""Loaded by every Python that the campaign's stack starts; does something in services alone."""

import crash_points

crash_points.install()
