"""What a patient is: schema, library, lint."""
