"""Tools that are run by hand and never shipped: they may use a service's domain, and nothing imports them."""
