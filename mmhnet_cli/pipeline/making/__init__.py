"""From a film and words to sound: networks, features, sampling."""
