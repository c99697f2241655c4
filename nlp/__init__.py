"""Facts from clinical notes: the room exists, nothing in it yet. No part of the engine reads a note."""
