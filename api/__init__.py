"""Every way in, from the command line on; the only room that knows all the others."""
