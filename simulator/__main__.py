"""python -m simulator: the commands of design §7."""

from simulator.cli import main

raise SystemExit(main())
