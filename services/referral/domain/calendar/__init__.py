"""The course of the work with a provider, and what is scheduled for a case by the calendar."""
