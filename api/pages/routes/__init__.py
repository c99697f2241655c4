"""Addresses of pages, one module for each place of the navigation."""
