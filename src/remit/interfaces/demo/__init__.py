"""``remit demo``: the main job with embedded defaults, on a repository made for it."""
