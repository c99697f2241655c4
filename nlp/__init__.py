"""Facts from clinical notes: the room exists, nothing in it yet. No note is read by any part of the engine."""
