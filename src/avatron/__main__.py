"""`python -m avatron`."""

import sys

from avatron.cli import main

sys.exit(main())
