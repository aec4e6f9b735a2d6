"""What runs while the program runs: hot places recorded, regions compiled, installed, rebuilt and dropped."""
