"""Records of one patient, gathered from elsewhere: what came whole, and what did not come."""
