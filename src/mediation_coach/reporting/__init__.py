"""What an organiser may see of a cohort: figures of five people or more, as a page, a table and a picture."""
