"""Shapes of the answers, for the OpenAPI document and for who reads it.

The outside of every answer is typed, with units in the names; parts that lie deep in a result are
objects. A key that the library adds later is passed through.
"""
