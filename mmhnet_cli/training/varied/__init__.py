"""Sounds more varied than the kinds of the world, so that the codec learns sound and not kinds."""
