"""The events of the pathway: one definition each, owned by the service that emits it.

A service imports the contracts that it reads; it never imports the service that emits them.
"""
