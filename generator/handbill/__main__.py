"""`python -m handbill` is the command `handbill`."""

from handbill.cli import main

main()
