"""Tables and repository; the only place that imports sqlalchemy."""
