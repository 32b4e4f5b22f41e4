"""Motion to pixels: what is drawn (`appearance`), how it is lit and framed, and the renderers."""
