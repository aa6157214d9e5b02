"""What a course sets its residents: cohorts, cases or circuits of stations, and when they open."""
