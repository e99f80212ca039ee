"""Values only: frozen, typed, no input or output, standard library."""
