"""What serving costs: this API and its peers under load, beside the raw prediction and a route that does nothing."""
