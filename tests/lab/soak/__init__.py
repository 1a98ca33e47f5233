"""A long mixed load: no wrong decision, no answer that is another's, and nothing that grows."""
