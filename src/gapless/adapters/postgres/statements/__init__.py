"""The statements that read and write the rows of an entity, and how rows go to the driver and back."""
