"""Chat bots: adapters that use only the public face of memx. Nothing is built here yet."""
