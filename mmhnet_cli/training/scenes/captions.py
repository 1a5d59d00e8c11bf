"""Captions of procedural scenes: what is heard, in the order in which it appears, in varied words."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mmhnet_cli.encoders.vocabulary import WORD
from mmhnet_cli.training.scenes.script import KINDS, Scene, Source


@dataclass(frozen=True)
class Wording:
    """Ways to name one kind; none fits another kind.

    nouns: noun phrases; the first is the plain keyword.
    clauses: the same as subject and verb.
    gentle, strong: noun phrases for little or much of it.
    """

    nouns: tuple[str, ...]
    clauses: tuple[str, ...]
    gentle: tuple[str, ...]
    strong: tuple[str, ...]


WORDINGS: dict[str, Wording] = {
    "footsteps": Wording(
        ("footsteps", "shoes on a tiled floor", "steps in a hallway", "footsteps on a hard floor"),
        ("someone walks across a hard floor", "shoes click on tiles", "a person walks down a corridor"),
        ("soft footsteps indoors", "quiet steps on tiles"),
        ("loud footsteps on a stone floor", "heavy shoes on a hard floor"),
    ),
    "gravel_steps": Wording(
        ("footsteps on gravel", "boots on loose stones", "crunching gravel", "steps on a gravel path"),
        ("someone walks on gravel", "gravel crunches under boots", "a hiker walks over pebbles"),
        ("light steps on gravel", "soft crunching of pebbles underfoot"),
        ("heavy boots on gravel", "loud crunching of gravel underfoot"),
    ),
    "bouncing_ball": Wording(
        ("bouncing ball", "a ball bouncing on the floor", "bounces of a rubber ball", "a dropped ball"),
        ("a ball bounces", "a rubber ball bounces on the ground", "someone drops a ball and it bounces"),
        ("a small ball bouncing softly", "light bounces of a ball"),
        ("a basketball bouncing hard", "loud bounces of a heavy ball"),
    ),
    "hammer_wood": Wording(
        ("hammering on wood", "a hammer hitting wood", "a mallet on a wooden block", "carpenter hammering"),
        ("someone hammers on wood", "a carpenter pounds a wooden block", "a mallet strikes wood"),
        ("light taps of a mallet on wood", "gentle hammering on wood"),
        ("hard blows on a wooden block", "heavy hammering on wood"),
    ),
    "hammer_metal": Wording(
        ("hammering on metal", "a hammer on an anvil", "blacksmith at work", "clanging steel"),
        ("someone hammers on steel", "a blacksmith strikes the anvil", "metal clangs under a hammer"),
        ("light taps on an anvil", "gentle clinks on steel"),
        ("heavy clanging of metal", "hard hammer blows on steel"),
    ),
    "glass_tap": Wording(
        ("tapping on glass", "a spoon against a glass", "clinking glass", "taps on a drinking glass"),
        ("someone taps a glass", "a spoon clinks on a glass", "a glass rings from a tap"),
        ("delicate clinking of a glass", "soft taps on glass"),
        ("sharp clinks of a glass", "loud taps on glass"),
    ),
    "knock": Wording(
        ("knocking on a door", "knock at the door", "knuckles on a wooden door", "door knocks"),
        ("someone knocks on a door", "a visitor knocks", "knuckles rap at the door"),
        ("a timid knock on the door", "quiet knocking"),
        ("loud knocking", "someone's fist pounding on a door"),
    ),
    "drum": Wording(
        ("drum", "drum beats", "a drummer playing", "drumming with sticks", "beats on a drum"),
        ("someone plays a drum", "a drum beats", "sticks hit a drum"),
        ("soft drum beats", "quiet drumming"),
        ("loud drumming", "pounding drums"),
    ),
    "typing": Wording(
        ("typing", "typing on a keyboard", "keyboard clicks", "computer keys clacking"),
        ("someone types on a keyboard", "fingers tap on computer keys", "a keyboard clatters"),
        ("quiet typing", "soft keyboard clicks"),
        ("furious typing", "loud clacking of a keyboard"),
    ),
    "rain": Wording(
        ("rain", "rain on a city street", "rainfall", "rain on a tin roof", "a shower of rain"),
        ("rain falls", "rain patters on the roof", "it is raining outside"),
        ("light rain", "a drizzle", "gentle patter of rain"),
        ("heavy rain on a tin roof", "a downpour over the street", "pouring rain"),
    ),
    "wind": Wording(
        ("wind", "wind in the grass", "gusts of wind", "wind over a field", "wind blowing outdoors"),
        ("the wind blows", "wind howls over the field", "gusts bend the grass"),
        ("a light breeze", "gentle wind in the grass"),
        ("a howling gale", "strong wind", "violent gusts of wind"),
    ),
    "fire": Wording(
        ("fire", "a crackling campfire", "burning wood", "flames", "a fireplace"),
        ("fire crackles", "logs burn and pop", "flames crackle in the hearth"),
        ("a small crackling fire", "quiet embers"),
        ("a roaring blaze", "a big crackling bonfire"),
    ),
    "waves": Wording(
        ("ocean waves", "sea waves on the beach", "surf", "the seashore", "breakers at the coast"),
        ("waves roll in", "the sea washes over the beach", "surf breaks on the shore"),
        ("gentle waves lapping at the shore", "a calm sea"),
        ("big waves crashing on the beach", "a rough sea", "roaring surf"),
    ),
    "stream": Wording(
        ("stream", "a babbling brook", "a small river flowing", "running water in a creek"),
        ("a stream flows", "a brook babbles over stones", "a creek gurgles"),
        ("a trickling brook", "a quiet creek"),
        ("a rushing stream", "a fast river over stones"),
    ),
    "crowd": Wording(
        ("crowd", "people talking", "crowd chatter", "a murmuring audience", "many voices"),
        ("a crowd murmurs", "many people talk at once", "an audience chatters"),
        ("a quiet murmur of people", "soft chatter of a few people"),
        ("a noisy crowd", "a cheering crowd", "loud chatter of many people"),
    ),
    "engine": Wording(
        ("engine", "a running motor", "a diesel engine", "engine noise", "a car engine"),
        ("an engine runs", "a motor chugs", "a diesel engine rumbles"),
        ("an idling engine", "a motor ticking over"),
        ("a revving engine", "a motor running at full throttle"),
    ),
    "fan": Wording(
        ("fan", "an electric fan", "a ventilator humming", "fan noise"),
        ("a fan spins", "an electric fan hums", "a ventilator whirs"),
        ("a slow fan", "a fan at its lowest speed"),
        ("a fast fan", "a ventilator at full speed"),
    ),
    "siren": Wording(
        ("siren", "a police siren", "an ambulance siren", "a wailing siren", "an emergency vehicle"),
        ("a siren wails", "an ambulance passes with its siren on", "a police car wails"),
        ("a slowly wailing siren", "a lazy siren"),
        ("an urgent siren", "a frantic police siren"),
    ),
    "rotor": Wording(
        ("helicopter", "helicopter rotor", "a helicopter hovering", "chopper blades"),
        ("a helicopter flies overhead", "rotor blades chop the air", "a chopper hovers"),
        ("a helicopter with its rotor turning slowly", "slow chopper blades"),
        ("a helicopter at full power", "fast thumping rotor blades"),
    ),
    "drill": Wording(
        ("drill", "power drill", "drilling into a wall", "an electric drill", "drilling"),
        ("someone drills a hole", "a power drill whines", "a drill bites into the wall"),
        ("a slow drill", "careful drilling"),
        ("a drill at high speed", "loud drilling into concrete"),
    ),
    "alarm": Wording(
        ("alarm", "alarm beeps", "a beeping alarm", "a warning signal", "electronic beeping"),
        ("an alarm beeps", "a warning alarm sounds", "a detector keeps beeping"),
        ("a quiet beeping alarm", "soft warning beeps"),
        ("a loud alarm", "piercing alarm beeps"),
    ),
    "bell": Wording(
        ("bell", "church bell", "a ringing bell", "bell tolls", "a large bronze bell"),
        ("a bell rings", "a church bell tolls", "the bell in the tower rings"),
        ("a softly ringing bell", "quiet tolling"),
        ("a loud church bell", "powerful tolling of a bell"),
    ),
    "clock": Wording(
        ("clock", "ticking clock", "a grandfather clock", "clock ticks", "the tick of a clock"),
        ("a clock ticks", "a wall clock ticks away", "the second hand ticks"),
        ("a quiet ticking clock", "faint clock ticks"),
        ("loud ticking", "a loud wall clock"),
    ),
    "thunder": Wording(
        ("thunder", "thunder and lightning", "claps of thunder", "a stroke of thunder", "rolling thunder"),
        ("thunder rumbles", "lightning strikes and thunder rolls", "thunder cracks in the sky"),
        ("a low rumble of thunder", "faint thunder"),
        ("a loud thunderclap", "booming thunder"),
    ),
    "explosion": Wording(
        ("explosion", "a blast", "explosions", "a bomb going off", "a detonation"),
        ("something explodes", "a bomb goes off", "a barrel blows up"),
        ("a small explosion", "a muffled blast"),
        ("a huge explosion", "a massive blast"),
    ),
    "splash": Wording(
        ("splash", "water splash", "a stone thrown into a pond", "splashes", "something falling into water"),
        ("a stone splashes into the pond", "something falls into the water", "someone throws a rock into a lake"),
        ("a small splash", "a light plop in a pond"),
        ("a big splash", "a heavy rock plunging into water"),
    ),
    "whoosh": Wording(
        ("whoosh", "a fast fly-by", "something rushing past", "swoosh", "an object whizzing by"),
        ("something whooshes past", "an object flies by", "something zips across"),
        ("a soft swish", "a light whoosh"),
        ("a powerful whoosh", "a violent swoosh"),
    ),
    "slam": Wording(
        ("door slam", "a slamming door", "a door banging shut", "a door thrown shut"),
        ("a door slams", "someone slams the door", "the door bangs shut"),
        ("a door closing with a thud", "a softly slammed door"),
        ("a door slammed in anger", "a violent door slam"),
    ),
}
"""How every kind of `script.KINDS` is named."""

PHRASES: dict[str, tuple[str, ...]] = {
    kind: (*words.nouns, *words.clauses, *words.gentle, *words.strong) for kind, words in WORDINGS.items()
}
"""All phrases of a kind; none is shared by two kinds."""

SILENCE = "silence"
_PREFIXES = ("sound of ", "the sound of ", "audio of ", "a recording of ", "we hear ")
_TOGETHER = {"nouns": (" and ", " with ", " together with "), "clauses": (" while ", " and ", " as ")}
_AFTER = {
    "nouns": (", then ", " followed by ", ", later "),
    "clauses": (", then ", " and then ", ". Then "),
}


def vocabulary() -> dict[str, list[str]]:
    """What a model trained on these captions knows, as `encoders.vocabulary.Vocabulary` reads it."""
    phrases = (text for texts in PHRASES.values() for text in texts)
    joiners = (text for table in (_TOGETHER, _AFTER) for texts in table.values() for text in texts)
    words = {word for text in (*phrases, *joiners, *_PREFIXES) for word in WORD.findall(text.lower())}
    words.add(SILENCE)
    return {"kinds": [texts[0] for texts in PHRASES.values()], "words": sorted(words)}


def caption(scene: Scene, rng: np.random.Generator) -> str:
    """One caption of what is heard, not of what is seen; "silence" where nothing is."""
    first: dict[str, Source] = {}
    for source in scene.sources:
        first.setdefault(source.kind, source)
    heard = list(first.values())
    if not heard:
        return SILENCE
    form = str(rng.choice(["keywords", "nouns", "clauses"], p=(0.25, 0.45, 0.3)))
    # A long list reads, and fits a text encoder, only as keywords.
    if form == "keywords" or len(heard) > 4:
        text = str(rng.choice([", ", " and ", ","] if len(heard) == 2 else [", "])).join(
            WORDINGS[source.kind].nouns[0] for source in heard
        )
    else:
        text = _phrase(heard[0], form, rng)
        for before, source in pairwise(heard):
            joiners = _TOGETHER if source.start_s < before.end_s else _AFTER
            text += str(rng.choice(joiners[form])) + _phrase(source, form, rng)
        if form == "nouns" and rng.random() < 0.25:
            text = str(rng.choice(_PREFIXES)) + text
    return _dress(text, rng)


def _phrase(source: Source, form: str, rng: np.random.Generator) -> str:
    words = WORDINGS[source.kind]
    if form == "clauses":
        return str(rng.choice(words.clauses))
    amount = source.strengths.mean() if KINDS[source.kind].eventful and len(source.strengths) else source.curve.mean()
    # Strengths of events lie between 0.48 and 1, so their bounds do too.
    low, high = (0.68, 0.82) if KINDS[source.kind].eventful else (0.38, 0.62)
    if rng.random() < 0.5 and not low <= amount <= high:
        return str(rng.choice(words.gentle if amount < low else words.strong))
    return str(rng.choice(words.nouns))


def _dress(text: str, rng: np.random.Generator) -> str:
    """Capitals and a full stop as people write them, or do not."""
    if rng.random() < 0.04:
        return text.upper()
    if rng.random() < 0.4:
        text = text[0].upper() + text[1:]
    return text + "." if rng.random() < 0.25 else text
