"""What clients and models say to each other on the wire, one file a provider's way of speaking."""
