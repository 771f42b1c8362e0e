"""Changes of the dates of phases: what follows is shown first, then one act changes all of them."""
