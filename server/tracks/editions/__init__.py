"""Editions for organisers: opening the next one, listing it and taking it back, the rules of its tracks."""
