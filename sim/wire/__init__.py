"""The API's own words: its objects, its errors, and the rules a configuration must keep."""
