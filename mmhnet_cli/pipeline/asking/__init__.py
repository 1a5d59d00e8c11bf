"""From what a user asks for to a job that is known to be possible. Loads nothing heavy."""
