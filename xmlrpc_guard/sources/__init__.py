"""Address lists that change while a guard stands: read from files, never from the network."""
