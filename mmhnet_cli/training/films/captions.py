"""What a sound without a film is in words, where nobody says it: its own description, or its name."""

import re
from pathlib import Path

from mmhnet_cli.encoders.sounding import kind_words
from mmhnet_cli.media.sound_words import said_in

MOST_CHARACTERS = 500
CATEGORIES = {
    "AERO": "aircraft",
    "AIR": "air",
    "ALRM": "alarm",
    "AMB": "ambience",
    "ANML": "animal",
    "BEEP": "beep",
    "BELL": "bell",
    "BIRD": "bird",
    "BLLT": "bullet",
    "BOAT": "boat",
    "CERM": "ceramic",
    "CHAIN": "chain",
    "CHEM": "chemical",
    "CLOCK": "clock",
    "CLOTH": "cloth",
    "CMPT": "computer",
    "COM": "communication",
    "CREA": "creature",
    "CRWD": "crowd",
    "DEST": "destruction",
    "DIRT": "dirt",
    "DOOR": "door",
    "DRWR": "drawer",
    "ELEC": "electricity",
    "EQUIP": "equipment",
    "EXPL": "explosion",
    "FEET": "footsteps",
    "FGHT": "fight",
    "FIRE": "fire",
    "FOOD": "food",
    "FRWK": "fireworks",
    "GAME": "game",
    "GEO": "geothermal",
    "GLAS": "glass",
    "GORE": "gore",
    "GUN": "gun",
    "HMN": "human",
    "HORN": "horn",
    "ICE": "ice",
    "LASR": "laser",
    "LETHR": "leather",
    "LIQD": "liquid",
    "MACH": "machine",
    "MECH": "mechanism",
    "METL": "metal",
    "MOTR": "motor",
    "MUSC": "music",
    "NATD": "natural disaster",
    "OBJ": "object",
    "PAPR": "paper",
    "PLAS": "plastic",
    "RAIN": "rain",
    "ROBT": "robot",
    "ROCK": "rock",
    "ROPE": "rope",
    "RUBR": "rubber",
    "SNOW": "snow",
    "SPRT": "sport",
    "SWSH": "swoosh",
    "THUN": "thunder",
    "TOOL": "tool",
    "TOY": "toy",
    "TRN": "train",
    "VEGE": "vegetation",
    "VEH": "vehicle",
    "VOX": "voice",
    "WATR": "water",
    "WEAP": "weapon",
    "WHSH": "whoosh",
    "WHSTL": "whistle",
    "WIND": "wind",
    "WING": "wings",
    "WNDW": "window",
    "WOOD": "wood",
}
"""The first part of CatIDs of the Universal Category System, as far as it says what sounds."""
CAT_ID = re.compile(r"([A-Z]{2,6})([A-Z][a-z]\w*)?$")
WORDS = re.compile(r"[A-Z]?[a-z]+(?:['’][a-z]+)?|[A-Z]+(?![a-z])|[^\W\d_a-zA-Z]+")


def caption(path: Path) -> str:
    """Return what a sound file says that it is; empty where it says nothing."""
    return said_in(path)[:MOST_CHARACTERS] or named(path.stem)


def named(stem: str) -> str:
    """Return the words of a name of the form CatID_FXName_CreatorID_SourceID; empty for one of another form.

    The category comes first, in the plain word of the kind that is filed under it, unless the name has it too.
    """
    category, _, rest = stem.partition("_")
    fx_name = rest.partition("_")[0]
    found = CAT_ID.match(category)
    if found is None or found[1] not in CATEGORIES or not fx_name or "_" not in rest:
        return ""
    kinds = [kind for kind in kind_words() if kind.category == category]
    plain = kinds[0].nouns[0] if len(kinds) == 1 else CATEGORIES[found[1]]
    words = " ".join(word.lower() for word in WORDS.findall(fx_name))
    return words if not words or plain in words else f"{plain}, {words}"
