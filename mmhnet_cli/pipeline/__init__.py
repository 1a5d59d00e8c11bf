"""The way of a film: asked for, made and delivered, alone or in a batch."""
