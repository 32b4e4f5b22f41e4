"""A replica of a person: the consent that it was built with, how it is built, stored and checked."""
