"""How good replicas are, and what they cost: on frames they have never seen, at the sizes that people play."""
