"""What a designer works with: `handbill theme new`, `list`, `which`, `eject`, `diff` and `check`.

place.py says which themes are at hand, in a site or without one; then one module a command.
"""
