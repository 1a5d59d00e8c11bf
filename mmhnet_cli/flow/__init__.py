"""Flow matching: paths, times, solvers, guidance, noise. It knows callables, never a network."""
