"""The loops over pixels: written for numba, compiled once by `machine_code` and called through `compiled`.

The loops check nothing, allocate nothing and raise nothing; `compiled` checks all lengths before each call.
"""
