"""Files that come with messages: what is accepted, how it is kept, who may see what of it, and when it is destroyed."""
