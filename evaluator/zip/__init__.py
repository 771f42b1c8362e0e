"""Reads untrusted zip archives: the directory, the layout of the entries, and the contents of single members."""
