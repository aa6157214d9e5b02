"""What people think of the program: two short forms, offered seldom and kept without a name."""
