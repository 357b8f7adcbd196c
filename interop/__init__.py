"""What prove400 shows of servers that nobody here wrote: one model behind each, proven as its users would."""
