"""Subscribers, timers and commands: claim, load, decide, save, emit. The only room that opens transactions."""
