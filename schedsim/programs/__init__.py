"""Ways to write a program that can be suspended and resumed.

``steps`` are the declarative ones of scenario files.
"""
