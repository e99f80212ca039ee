"""Rules written for other tools become a draft of a policy, and nothing of them is lost unsaid."""
