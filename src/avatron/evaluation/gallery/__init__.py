"""The page that shows films of several systems side by side, in sync, with the table of their measures."""
