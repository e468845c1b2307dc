"""Numbers over what people did: how far the districts of a round came."""
