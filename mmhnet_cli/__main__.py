"""`python -m mmhnet_cli` is `mmhnet`."""

import sys

from mmhnet_cli.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
