"""The vocoder's parts against closed forms: oscillators, their phase, even noise, the untrained whole."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import Tensor

from mmhnet_cli.codec.even_noise import make_even_noise
from mmhnet_cli.codec.mel import LogMel, MelConfig
from mmhnet_cli.codec.mini import MiniCodec
from mmhnet_cli.codec.vocoder import Frames, Vocoder, VocoderConfig
from tests.codec.small import VOCODER, small_codec, white_noise

BANDS, BINS_OUT = VOCODER.tone_bands, VOCODER.fft_samples // 2 + 1


@pytest.fixture(scope="module")
def codec() -> MiniCodec:
    return small_codec().eval()


@pytest.fixture(scope="module")
def vocoder(codec: MiniCodec) -> Vocoder:
    return codec.vocoder


def frames_of(vocoder: Vocoder, magnitude: Tensor, offset: Tensor, noise_gain: Tensor) -> Frames:
    """Frames without deep bins."""
    return Frames(magnitude, vocoder.tone_hz(offset), offset, torch.arange(BANDS).expand(offset.shape), noise_gain)


def one_oscillator(vocoder: Vocoder, band: int, offset: Tensor, peak: float = 100.0) -> np.ndarray:
    """Sound of a single band with offsets (n,), without the incomplete ends."""
    offsets, magnitudes = torch.zeros(1, len(offset), BANDS), torch.zeros(1, len(offset), BANDS)
    offsets[0, :, band], magnitudes[..., band] = offset, peak
    silence = torch.zeros(len(offset), BINS_OUT)
    frames = frames_of(vocoder, magnitudes, offsets, silence[None])
    sound = vocoder.synthesise(frames, vocoder.tone_turns(frames)[0], silence)[0]
    return sound[3 * vocoder.hop : -3 * vocoder.hop].double().numpy()


@pytest.mark.parametrize("band", [5, 40, 90])
@pytest.mark.parametrize("offset", [-0.7, 0.0, 0.3])
def test_one_oscillator_is_one_sine(vocoder: Vocoder, band: int, offset: float) -> None:
    sound = one_oscillator(vocoder, band, torch.full((64,), offset))
    hertz = float(vocoder.tone_hz(torch.full((BANDS,), offset))[band])
    angle = 2 * np.pi * hertz * np.arange(len(sound)) / 44100
    waves = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    parts, *_ = np.linalg.lstsq(waves, sound, rcond=None)
    # A sine of amplitude a has a peak of a * fft_samples / 4 under the Hann window.
    assert np.hypot(*parts) == pytest.approx(100 * 4 / VOCODER.fft_samples, rel=2e-3)
    rest = sound - waves @ parts
    assert np.sqrt(2 * (rest**2).mean()) / np.hypot(*parts) < 2e-3


def test_offsets_span_half_the_distance_to_the_neighbours(vocoder: Vocoder) -> None:
    low, high = vocoder.tone_hz(torch.tensor([[-1.0], [1.0]]).expand(2, BANDS))
    # Together the oscillators reach every frequency: the top of a band is about the bottom of the next.
    assert torch.allclose(high[:-1], low[1:], rtol=0.01)
    assert (high > low).all()


def test_a_gliding_oscillator_has_no_jumps(vocoder: Vocoder) -> None:
    sound = one_oscillator(vocoder, 40, torch.linspace(-1, 1, 64))
    amplitude, hertz = 100 * 4 / VOCODER.fft_samples, float(vocoder.tone_hz(torch.ones(BANDS))[40])
    # The curvature of a sine is at most amplitude * w**2; a jump of phase between frames would be far more.
    assert np.abs(np.diff(sound, 2)).max() < 1.1 * amplitude * (2 * np.pi * hertz / 44100) ** 2
    assert np.abs(sound).max() == pytest.approx(amplitude, rel=0.01)


def test_phase_goes_on_from_piece_to_piece(vocoder: Vocoder) -> None:
    offset = torch.rand(2, 50, BANDS, generator=torch.Generator().manual_seed(0)) * 2 - 1
    frames = frames_of(vocoder, torch.ones_like(offset), offset, torch.zeros(2, 50, BINS_OUT))
    whole, _ = vocoder.tone_turns(frames)
    state, pieces = None, []
    for first, last in ((0, 1), (1, 20), (20, 50)):
        turns, state = vocoder.tone_turns(frames.part(first, last), state)
        pieces.append(turns)
    distance = (torch.cat(pieces, dim=1) - whole + 0.5).remainder(1) - 0.5
    assert distance.abs().max() < 1e-9


def test_even_noise_is_one_periodic_signal(vocoder: Vocoder) -> None:
    period = VOCODER.noise_samples // vocoder.hop
    whole = vocoder.even_noise(period - 10, 30)
    assert whole.shape == (30, BINS_OUT)
    assert torch.equal(whole, vocoder.even_noise(2 * period - 10, 30))
    assert torch.equal(whole[10:], vocoder.even_noise(0, 20))
    parts = [vocoder.even_noise(period - 10 + first, count) for first, count in ((0, 7), (7, 11), (18, 12))]
    assert torch.equal(torch.cat(parts), whole)
    longer = vocoder.even_noise(5, 2 * period)
    assert torch.equal(longer[:period], longer[period:])


def level_deviation(noise: Tensor) -> float:
    """Nepers, over time, of the log-mel of (samples,) played twice."""
    mel = LogMel(MelConfig())(0.1 * noise.repeat(2)[None])[0, :, 8:-8]
    return float((mel - mel.mean(1, keepdim=True)).std())


def test_even_noise_is_flatter_than_white_noise() -> None:
    samples = 1 << 15
    even = make_even_noise(LogMel(MelConfig()), samples, iterations=12)
    assert even.shape == (samples,)
    assert even.var() == pytest.approx(1.2, abs=0.15)
    # Played twice, so a seam would show.
    assert level_deviation(even) < 0.3 * level_deviation(white_noise(samples)[0] / 0.1)


def test_untrained_it_is_a_noise_vocoder(codec: MiniCodec) -> None:
    mel = codec.log_mel(white_noise(512 * 60))
    with torch.no_grad():
        again = codec.log_mel(codec.vocoder(mel))
    assert again.shape == mel.shape
    assert (again - mel).abs().mean() < 0.35
    assert abs(float((again - mel).mean())) < 0.1


@pytest.mark.parametrize("frames", [1, 2, 9])
def test_one_hop_of_sound_per_frame(vocoder: Vocoder, frames: int) -> None:
    with torch.no_grad():
        sound = vocoder(torch.full((2, 128, frames), -6.0))
    assert sound.shape == (2, frames * 512)
    assert sound.isfinite().all()


def test_frames_and_sound_gives_the_frames_of_the_film(vocoder: Vocoder) -> None:
    mel = torch.randn(2, 128, 10, generator=torch.Generator().manual_seed(2)) - 4
    with torch.no_grad():
        frames, sound = vocoder.frames_and_sound(mel, [0, 17])
        alone = vocoder.predict(mel)
        other, _ = vocoder.frames_and_sound(mel, [3, 17])
        assert sound.shape == (2, 5120)
        assert torch.equal(sound[0], vocoder(mel)[0])
        assert not torch.allclose(sound[1], vocoder(mel)[1], atol=1e-3)
    assert frames.tone_magnitude.shape == alone.tone_magnitude.shape == (2, 20, BANDS)
    assert frames.noise_gain.shape == (2, 20, BINS_OUT)
    assert frames.tone_offset.abs().max() <= 1
    assert torch.equal(frames.noise_gain, other.noise_gain)


def test_a_frame_depends_on_its_context_only(vocoder: Vocoder) -> None:
    """In double precision, because what comes through from the rim of the context is small."""
    exact, context, first, last = deepcopy(vocoder).double(), VOCODER.context_frames, 20, 24
    mel = torch.randn(1, 128, 44, generator=torch.Generator().manual_seed(3), dtype=torch.float64) - 4
    far, before, after = mel.clone(), mel.clone(), mel.clone()
    far[:, :, : first - context] += 1
    far[:, :, last + context :] -= 1
    before[:, :, first - context] += 1
    after[:, :, last + context - 1] += 1

    def gain(changed: Tensor) -> Tensor:
        return exact.predict(changed).part(2 * first, 2 * last).noise_gain

    with torch.no_grad():
        assert torch.allclose(gain(far), gain(mel), rtol=1e-13, atol=0)
        for rim in (before, after):
            assert not torch.allclose(gain(rim), gain(mel), rtol=1e-11, atol=0)


def test_the_end_of_the_film_is_placed_to_the_sample(codec: MiniCodec) -> None:
    """A film that falls silent does so where its mel does, within the length of a synthesis frame."""
    mel = torch.full((1, 128, 40), -3.0)
    mel[:, :, 20:] = float(np.log(1e-5))
    with torch.no_grad():
        level = codec.vocoder(mel)[0].view(-1, 128).square().mean(1)
    loud = (level > 0.25 * level.max()).nonzero()[:, 0]
    assert abs(int(loud.max()) + 1 - 20 * 4) <= 4


def test_a_short_sound_is_centred_on_its_mel_frame(vocoder: Vocoder) -> None:
    """Thirty bursts of one mel frame each: the mean of their centres of energy, to a tenth of a hop."""
    mel = torch.full((1, 128, 300), float(np.log(1e-5)))
    mel[:, :, 5::10] = -1.0
    with torch.no_grad():
        energy = vocoder(mel)[0].square().view(30, 10 * 512).mean(0)
    centre = float((energy * (torch.arange(10 * 512) + 0.5)).sum() / energy.sum())
    assert centre == pytest.approx(5.5 * 512, abs=51)


def test_the_synthesis_hop_must_be_a_quarter_of_the_frame() -> None:
    with pytest.raises(ValueError, match="synthesis hop 256 is not a quarter of 512"):
        Vocoder(MelConfig(), VocoderConfig(fft_samples=512))
