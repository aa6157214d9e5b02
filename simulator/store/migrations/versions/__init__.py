"""One file a step; see the package above for how to write one."""
