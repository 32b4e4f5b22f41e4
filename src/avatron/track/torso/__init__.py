"""The torso as it is seen: neck, collar and shoulders below the chin, followed through the pictures."""
