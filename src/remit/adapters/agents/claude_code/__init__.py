"""Claude Code, headless, from 2.1.295 on."""
