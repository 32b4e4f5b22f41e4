"""What an animator costs: parameters, operations, time and memory, from text to motion."""
