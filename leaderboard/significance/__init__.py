"""The significance map: which teams of a board are significantly better than which."""
