"""``python -m featuretopo``: the command line."""

from featuretopo.cli import main

main()
