"""Editions for organisers: opening the next one, listing and unlisting it, the rules of its tracks."""
