"""A designer's session: what sounds when, on which track, and the hand-over."""
