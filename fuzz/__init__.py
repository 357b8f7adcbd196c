"""The gate: `pytest fuzz/` proves the committed contract on the reference API, or on any target.

One obligation is one test (`test_catalogue`); Hypothesis and Schemathesis then search for what no catalogue lists.
"""
