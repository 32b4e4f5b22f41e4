"""Speech to face motion: the animators and the layers of motion that no phoneme asks for."""
