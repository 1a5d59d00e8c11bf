"""How sounds are judged: by onsets, by ears and by what comes back from a spectrogram."""
