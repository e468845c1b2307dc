"""What `make` calls: prepare a machine, start the portal, take pictures."""
