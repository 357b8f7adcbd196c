"""Side-by-side measurements: against peers, on data that nobody here made, and over sizes."""
