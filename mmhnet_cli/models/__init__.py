"""Which models there are, and their files: named, described, downloaded, checked and kept."""
