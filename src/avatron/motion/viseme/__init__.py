"""An animator made of rules: articulatory targets, coarticulation, and contacts that are never missed."""
