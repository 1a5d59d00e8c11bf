"""Where the help of a command shows an option."""

SOUND = "What to hear"
SAMPLING = "How it is sampled"
FILES = "Where it goes"
DELIVERY = "Delivery"
EVERYWHERE = "Every command"
