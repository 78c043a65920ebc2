"""Looking at the data of a config: pictures, facts and what looks wrong."""
