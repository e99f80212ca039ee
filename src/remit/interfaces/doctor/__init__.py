"""``remit doctor``: each layer shown live by what must fail, and by what must not."""
