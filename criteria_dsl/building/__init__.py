"""Rules of the builder that belong together, one file a family; `build.Builder` holds them all."""
