"""Training on films as a user has them: prepared once, trained on, and put together as a model."""
