"""Films of people who never were: drawn by code that shares neither head, motion nor light with the tracker."""
