"""The four fields of practice; each shapes its own kind of answer."""
