"""Films, models, reports and lists of films as a stranger might send them: what mmhnet does with each."""
