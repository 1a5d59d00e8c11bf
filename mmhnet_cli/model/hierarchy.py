"""The two token spaces: routers, the way into the compressed space and the way back."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from mmhnet_cli.model.blocks import Stream
from mmhnet_cli.model.chunking import Dechunker, chunk, gather_tokens
from mmhnet_cli.model.conditions import Conditions
from mmhnet_cli.model.config import NetworkConfig, RoutingConfig
from mmhnet_cli.model.routing import MultimodalRouter, RoutingDecision, StreamRouting, TemporalRouter
from mmhnet_cli.model.stretches import place_in_stretches
from mmhnet_cli.model.trunk import Trunk


class Hierarchy(nn.Module):
    """The routers, and the way back from the compressed space."""

    def __init__(self, config: NetworkConfig, routing: RoutingConfig) -> None:
        super().__init__()
        self.source = routing.source
        audio_width = {
            "latents": config.width,
            "latents_and_condition": config.width + config.condition_width,
            "condition": config.condition_width,
        }[routing.source]
        frames = round(routing.centre_window_s * config.sequence.clip_fps)
        latents = config.latents_in(routing.centre_window_s)
        self.audio_router = TemporalRouter(audio_width, routing, latents)
        self.clip_router = TemporalRouter(config.clip_width, routing, frames)
        training_frames = round(config.training_s * config.sequence.clip_fps)
        self.text_router = MultimodalRouter(config.text_width, config.clip_width, routing, training_frames)
        self.audio_dechunk = Dechunker(config.width)
        self.clip_dechunk = Dechunker(config.clip_width)
        self.text_dechunk = Dechunker(config.text_width)

    def give_room_for_all(self) -> None:
        """Give every token room in the compressed space, kept or not: the result is the same, costs what the whole
        space costs, and no shape follows the data, so that a GPU can run it as one recorded graph."""
        for router in (self.audio_router, self.clip_router, self.text_router):
            router.room_for_all = True

    def route_audio(self, tokens: Tensor | None, conditions: Conditions) -> StreamRouting:
        """Decide for the audio tokens (B, L, D) of the projected latents; with source "condition" they may be None."""
        seen = {
            "latents": (tokens,),
            "latents_and_condition": (tokens, conditions.audio),
            "condition": (conditions.audio,),
        }[self.source]
        present = [part for part in seen if part is not None]
        return self.audio_router(torch.cat(present, -1), conditions.latent_mask)

    def route(self, audio: StreamRouting, conditions: Conditions) -> RoutingDecision:
        """Complete the decision of audio by those of CLIP and text, which are free of t."""
        clip = self.clip_router(conditions.clip, conditions.clip_mask)
        text = self.text_router(conditions.text, conditions.clip, conditions.text_mask, conditions.clip_mask)
        return RoutingDecision(audio, clip, text)

    def through(
        self, trunk: Trunk, streams: tuple[Stream, Stream, Stream], decision: RoutingDecision
    ) -> tuple[Stream, Stream, Stream]:
        """Chunk audio, CLIP and text, take them through `trunk`, and bring them back to full rate."""
        routings = (decision.audio, decision.clip, decision.text)
        ways_back = (self.audio_dechunk, self.clip_dechunk, self.text_dechunk)
        after = trunk(*(chunk_stream(stream, routing) for stream, routing in zip(streams, routings, strict=True)))
        audio, clip, text = (
            replace(old, tokens=way(new.tokens, old.tokens, routing))
            for old, new, way, routing in zip(streams, after, ways_back, routings, strict=True)
        )
        return audio, clip, text


def chunk_stream(stream: Stream, routing: StreamRouting) -> Stream:
    """Return the stream of the kept tokens, with their conditions, rotations and stretches."""
    condition, rotation = stream.condition, stream.rotation
    if condition.shape[1] > 1:
        condition = gather_tokens(condition, routing.positions)
    if rotation is not None:
        rotation = torch.stack(
            [gather_tokens(x.expand(len(routing.positions), -1, -1), routing.positions) for x in rotation]
        )
    # Where all tokens have room, all of a stretch have.
    roomy = routing.positions.shape[1] == stream.tokens.shape[1]
    kept = {
        window_s: place_in_stretches(
            every.stretch.gather(1, routing.positions),
            routing.kept_mask,
            every.count,
            every.ends,
            every.size if roomy else None,
        )
        for window_s, every in stream.stretches.items()
    }
    return Stream(chunk(stream.tokens, routing), condition, routing.kept_mask, rotation, kept)
