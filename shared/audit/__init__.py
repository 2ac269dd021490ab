"""The audit: who read or did what to whose record, from where and why, in a chain that shows every change."""
