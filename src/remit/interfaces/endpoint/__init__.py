"""The one loopback server of a run: hooks over HTTP and over a Unix socket."""
