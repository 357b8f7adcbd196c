"""What the reference API is compared with, written as its users write it."""
