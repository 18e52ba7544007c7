"""Tests of the pages, arranged as the pages are: by the person they serve."""
