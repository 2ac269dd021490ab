"""The demo: takes 1,500 family records through the whole pathway, with real provider clients and a mail server."""
