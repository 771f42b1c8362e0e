"""Counts the parameters of weight files from their headers. Nothing is executed. Needs no other library."""
