"""The loops over pixels, written for numba; `evaluator.machine_code` has them compiled once and keeps the code.

They check nothing, allocate nothing and raise nothing: `evaluator.compiled` proves all lengths before each call.
"""
