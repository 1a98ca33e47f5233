"""The policy as configuration of the server in front."""
