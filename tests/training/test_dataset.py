"""Training batches: shapes, what they depend on, and which condition may be left out."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from mmhnet_cli.encoders.descriptors import mirrored
from mmhnet_cli.encoders.text import SubwordTextEncoder, TextConfig
from mmhnet_cli.training.dataset import Batch, BatchConfig, BatchSource, Store
from mmhnet_cli.training.kinds import kinds_in_time
from mmhnet_cli.training.precompute import RESCORED
from tests.training.world.test_captions import kinds_in

TEXT = TextConfig(words=48, width=8)


class ListeningEncoder(SubwordTextEncoder):
    """Keeps the texts that it was given."""

    texts: list[str]

    def tokenize(self, texts: list[str]) -> Tensor:
        self.texts = texts
        return super().tokenize(texts)


def equal(one: Batch, other: Batch) -> bool:
    return all(torch.equal(getattr(one, field.name), getattr(other, field.name)) for field in fields(Batch))


def source(store: Store, seed: int = 0, **config: Any) -> BatchSource:
    return BatchSource(
        store, ListeningEncoder(TEXT), BatchConfig(**{"size": 6, "cuts": 0.0, "mirrored": 0.0, **config}), seed
    )


def texts_of(batches: BatchSource) -> list[str]:
    assert isinstance(batches.text, ListeningEncoder)
    return batches.text.texts


def rows_of(store: Store, batch: Batch, take: str) -> list[int | None]:
    """Number of the scene whose latents an item has in this take, None where it has those of another take."""
    known = store.latents[take].float()
    same = (batch.latents[:, None] == known[None]).flatten(2).all(2)
    return [int(row.nonzero()[0, 0]) if row.any() else None for row in same]


def test_the_store_holds_every_take_of_every_scene(store: Store) -> None:
    assert len(store) == 4
    assert store.clip.shape == (4, 64, 256)
    assert store.sync.shape == (4, 200, 104)
    assert {take: tuple(latents.shape) for take, latents in store.latents.items()} == dict.fromkeys(
        ("matched", "resounded", "rescored", "rescored_again"), (4, 345, 6)
    )
    assert all(len(scenes) == 4 for scenes in store.scenes.values())
    assert [len(scene.shots) for scene in store.scenes["matched"]] == [2, 2, 1, 1]


def test_shapes_of_a_batch(store: Store) -> None:
    batch = source(store)(0)
    shapes = {field.name: tuple(getattr(batch, field.name).shape) for field in fields(Batch)}
    assert shapes == {
        "latents": (6, 345, 6),
        "clip": (6, 64, 256),
        "sync": (6, 200, 104),
        "words": (6, 48, 16),
        "drop_video": (6,),
        "drop_text": (6,),
        "heard": (6, 345, 28),
        "seen": (6, 64, 28),
    }
    assert batch.latents.dtype == batch.clip.dtype == batch.sync.dtype == torch.float32
    assert batch.drop_video.dtype == batch.drop_text.dtype == torch.bool


def test_a_batch_depends_on_step_and_seed_alone(store: Store) -> None:
    one, other = source(store), source(store)
    later = [one(step) for step in (0, 1, 2, 7)]
    assert equal(later[3], other(7))
    assert equal(later[0], other(0))
    assert not equal(later[0], later[1])
    assert not equal(later[0], source(store, seed=1)(0))


def test_picture_and_sound_of_an_item_belong_together(store: Store) -> None:
    batches = source(store, feature_noise=0.0, rescored=0.5)
    for step in range(6):
        batch = batches(step)
        for index in range(6):
            rows = [row for take in store.latents if (row := rows_of(store, batch, take)[index]) is not None]
            assert any(torch.equal(batch.clip[index], store.clip[row].float()) for row in rows)
            assert any(torch.equal(batch.sync[index], store.sync[row].float()) for row in rows)


def test_features_are_noisy_by_so_much(store: Store) -> None:
    noisy, plain = (source(store, feature_noise=level)(3) for level in (0.1, 0.0))
    assert float((noisy.clip - plain.clip).std()) == pytest.approx(0.1, rel=0.02)
    assert float((noisy.sync - plain.sync).std()) == pytest.approx(0.1, rel=0.02)


def test_rescored_items_are_films_of_one_shot_whose_text_names_what_is_heard(store: Store) -> None:
    batches = source(store, rescored=1.0, mentions=1.0)
    for step in range(8):
        batch = batches(step)
        takes = [rows_of(store, batch, take) for take in RESCORED]
        for first, second, text in zip(*takes, texts_of(batches), strict=True):
            take, row = (RESCORED[0], first) if second is None else (RESCORED[1], second)
            assert row in (2, 3)
            assert kinds_in(text) == list(store.scenes[take][row].kinds)


def test_the_text_of_rescored_items_is_dropped_with_the_picture_only(store: Store) -> None:
    batches = source(store, rescored=1.0, drop_text=1.0, drop_both=0.3)
    drops = [batches(step) for step in range(20)]
    text = torch.cat([batch.drop_text for batch in drops])
    video = torch.cat([batch.drop_video for batch in drops])
    assert text.any()
    assert not text.all()
    assert video[text].all()
    assert not torch.cat([batch.drop_text for batch in map(source(store, rescored=1.0, drop_both=0), range(20))]).any()


def test_conditions_are_dropped_as_often_as_the_config_says(store: Store) -> None:
    batches = source(store, size=50, rescored=0.0, drop_video=0.2, drop_text=0.4, drop_both=0.1)
    drops = [batches(step) for step in range(12)]
    video = np.concatenate([batch.drop_video.numpy() for batch in drops])
    text = np.concatenate([batch.drop_text.numpy() for batch in drops])
    assert video.mean() == pytest.approx(0.1 + 0.9 * 0.2, abs=0.06)
    assert text.mean() == pytest.approx(0.1 + 0.9 * 0.4, abs=0.06)
    assert (video & text).mean() == pytest.approx(0.1 + 0.9 * 0.08, abs=0.05)


@pytest.mark.parametrize(("takes", "rescored"), [(("matched", "resounded"), 0.0), (RESCORED, 1.0)])
def test_films_of_some_kinds_are_drawn_more_often(store: Store, takes: tuple[str, str], rescored: float) -> None:
    candidates = [index for index, scene in enumerate(store.scenes["matched"]) if not rescored or len(scene.shots) == 1]
    chosen = candidates[-1]
    kind = store.scenes[takes[0]][chosen].kinds[0]
    batches = source(store, size=30, rescored=rescored, often={kind: 5.0})
    expected = 0.0
    for take in takes:
        odds = np.array([5.0 if kind in store.scenes[take][index].kinds else 1.0 for index in candidates])
        expected += 0.5 * (odds / odds.sum())[-1]
    drawn = [
        row
        for batch in map(batches, range(10))
        for one, other in zip(*(rows_of(store, batch, take) for take in takes), strict=True)
        if (row := one if other is None else other) is not None
    ]
    assert len(drawn) == 300
    assert np.mean([row == chosen for row in drawn]) == pytest.approx(expected, abs=0.08)
    assert abs(expected - 1 / len(candidates)) > 0.16


def test_text_of_items_as_they_look_names_what_is_heard(store: Store) -> None:
    batches = source(store, rescored=0.0, mentions=0.0)
    for step in range(8):
        takes = [rows_of(store, batches(step), take) for take in ("matched", "resounded")]
        for matched, resounded, text in zip(*takes, texts_of(batches), strict=True):
            row = resounded if matched is None else matched
            assert row is not None
            assert kinds_in(text) == list(store.scenes["matched"][row].kinds)


def test_mentions_add_kinds_that_are_not_heard(store: Store) -> None:
    batches = source(store, rescored=0.0, mentions=1.0)
    for step in range(8):
        takes = [rows_of(store, batches(step), take) for take in ("matched", "resounded")]
        for matched, resounded, text in zip(*takes, texts_of(batches), strict=True):
            row = resounded if matched is None else matched
            assert row is not None
            heard = set(store.scenes["matched"][row].kinds)
            assert heard < set(kinds_in(text))
            assert len(set(kinds_in(text)) - heard) <= 4


def test_some_films_are_seen_in_the_mirror(store: Store) -> None:
    batches = source(store, size=40, mirrored=0.3, rescored=0.0, feature_noise=0.0)
    plain = (store.clip.float(), store.sync.float())
    shares = []
    for batch in map(batches, range(5)):
        places = []
        for clips, syncs in (plain, mirrored(*plain)):
            place = (batch.clip[:, None] == clips[None]).flatten(2).all(2)
            # Both parts of a film are in the mirror, or neither is.
            assert torch.equal(place, (batch.sync[:, None] == syncs[None]).flatten(2).all(2))
            places.append(place.any(1))
        assert (places[0] ^ places[1]).all()
        shares.append(places[1].float().mean())
    assert float(torch.stack(shares).mean()) == pytest.approx(0.3, abs=0.1)


def test_a_film_has_up_to_so_many_cuts_in_order(store: Store) -> None:
    """Each moment is that moment of some film of the store, as the kinds of the batch say, and films do not alternate
    more often than there are cuts."""
    batches = source(store, size=24, rescored=0.0, cuts=1.0, most_cuts=3, feature_noise=0.0)
    batch, clips = batches(0), store.clip.float()
    films = (batch.clip[:, None] == clips[None]).all(-1).int().argmax(1)
    changes = (films[:, 1:] != films[:, :-1]).sum(1)
    assert changes.max() == 3
    seen = torch.stack([kinds_in_time(scene, 64, lambda one: one.looks) for scene in store.scenes["matched"]])
    expected = seen[films, torch.arange(64)]
    # A cut between two frames falls to one of them.
    assert (batch.seen == expected).all(-1).float().mean() > 0.97


def test_two_films_are_cut_together_in_sound_picture_and_text_at_one_time(store: Store) -> None:
    batches = source(store, rescored=0.0, cuts=1.0, most_cuts=1, mentions=0.0, feature_noise=0.0)
    clips, syncs = store.clip.float(), store.sync.float()
    latents = torch.stack([store.latents[take].float() for take in ("matched", "resounded")])
    shares = []
    for step in range(4):
        batch = batches(step)
        for index, text in enumerate(texts_of(batches)):
            first, second = (
                next(film for film in range(4) if torch.equal(batch.clip[index, end], clips[film, end]))
                for end in (0, -1)
            )
            scenes = [store.scenes["matched"][film] for film in (first, second)]
            assert set(kinds_in(text)) <= {*scenes[0].kinds, *scenes[1].kinds}
            if first == second:
                continue
            # How much of it, from the start, is the first film; the rest has to be the second.
            cut = int((batch.clip[index] == clips[first]).all(1).sum())
            assert torch.equal(batch.clip[index], torch.cat((clips[first, :cut], clips[second, cut:])))
            shares.append(cut / 64)
            for moment in range(345):
                share = moment / 345
                if abs(share - shares[-1]) < 0.02:
                    continue
                film, scene = (first, scenes[0]) if share < shares[-1] else (second, scenes[1])
                frame = int(share * 200)
                assert torch.equal(batch.sync[index, frame], syncs[film, frame])
                assert (batch.latents[index, moment] == latents[:, film, moment]).all(1).any()
                alone = kinds_in_time(scene, 345, lambda one: one.kind)
                assert torch.equal(batch.heard[index, moment], alone[moment])
    assert len(shares) > 8
    assert 0.15 < min(shares) < max(shares) < 0.85


def test_kinds_of_a_batch_are_those_of_its_takes(store: Store) -> None:
    batches = source(store, rescored=1.0)
    batch = batches(0)
    for heard, seen, row in zip(batch.heard, batch.seen, rows_of(store, batch, RESCORED[0]), strict=True):
        if row is not None:
            assert torch.equal(heard, kinds_in_time(store.scenes[RESCORED[0]][row], 345, lambda one: one.kind))
            assert torch.equal(seen, kinds_in_time(store.scenes["matched"][row], 64, lambda one: one.kind))
