"""Parameters that a library passes, whether we look at them or not. Read by vulture, never run."""
# ruff: noqa: F821, B018

exc  # asyncio.Protocol.connection_lost
frame  # signal handlers
ctx  # click.Group
spec  # object.__format__
client_address, args  # socketserver and http.server
