"""A page on this machine to hear takes with their film: a server for one person, and the page."""
