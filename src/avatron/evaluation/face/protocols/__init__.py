"""Public data sets in their original layouts, from folders of the user's."""
