"""A zoo of planted defects: the reference API with exactly one realistic fault, many times over."""
