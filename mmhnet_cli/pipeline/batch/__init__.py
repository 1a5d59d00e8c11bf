"""Sound for many films, one after the other or side by side."""
