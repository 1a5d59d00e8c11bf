"""What a media file from a stranger may be. Both readers, PyAV and the ffmpeg program, are held to these."""

from fractions import Fraction

# Local files only: lists such as HLS and DASH, which name other files or hosts, have no business in a film.
PROTOCOLS = "file"
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mxf,asf,flv,ogg,"  # film
    "wav,w64,aiff,caf,flac,mp3,aac"  # sound
)

MAX_PIXELS = 67_108_864  # 8192 x 8192
MAX_PIXEL_ASPECT = Fraction(10)  # anamorphic film has pixels of 2 to 1 at most
MAX_STREAMS = 64
MAX_DURATION_S = 8 * 3600
MAX_CHANNELS = 32
RATES_HZ = range(4000, 768_001)
"""Below, the filters of a loudness meter have no meaning; above, there are no sounds but damaged ones."""
# Far more than any film needs before its streams are known; libavformat's own defaults miss streams that begin late.
PROBE_BYTES = 50_000_000
PROBE_US = 20_000_000
MAX_SOUND_BYTES = 8 << 30
"""A sound that is wanted as a whole may take so many when it is decoded."""
