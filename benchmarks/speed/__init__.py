"""How fast plans are made, sent and judged, beside bare loops that send the same bytes: ratios of one run."""
