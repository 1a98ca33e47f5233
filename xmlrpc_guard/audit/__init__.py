"""What a guard would have decided on the requests of access logs: judged, counted, merged, reported."""
