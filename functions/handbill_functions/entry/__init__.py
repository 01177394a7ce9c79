"""Homes: where the same functions run. One file each."""
