"""Quiet ambient sound for each scene, made by FFmpeg's own sources and filters and kept as an M4A file."""

from __future__ import annotations

from pathlib import Path

import av
import av.filter

SECONDS = 16.0  # the longest clip is 15 s

# Each sound is a row of layers; a layer is a source and the filters behind it.
LAYERS: dict[str, tuple[str, ...]] = {
    "sea": (
        "anoisesrc=c=brown:a=0.50,lowpass=f=900,tremolo=f=0.16:d=0.7",
        "anoisesrc=c=pink:a=0.10,highpass=f=1400,tremolo=f=0.11:d=0.9",
    ),
    "wind": (
        "anoisesrc=c=pink:a=0.28,lowpass=f=420,tremolo=f=0.13:d=0.6",
        "sine=f=220,volume=0.010,tremolo=f=0.2:d=0.8",
    ),
    "rain": (
        "anoisesrc=c=pink:a=0.18,highpass=f=900",
        "anoisesrc=c=brown:a=0.26,lowpass=f=260,tremolo=f=0.1:d=0.4",
    ),
    "deep": (
        "sine=f=82,volume=0.08,tremolo=f=0.2:d=0.6",
        "sine=f=123,volume=0.05,tremolo=f=0.13:d=0.7",
        "anoisesrc=c=brown:a=0.24,lowpass=f=220",
    ),
    "hall": (
        "sine=f=147,volume=0.045,tremolo=f=0.17:d=0.7",
        "sine=f=220,volume=0.030,tremolo=f=0.23:d=0.7",
        "sine=f=294,volume=0.022,tremolo=f=0.12:d=0.8",
        "anoisesrc=c=brown:a=0.10,lowpass=f=300",
    ),
    "night": (
        "sine=f=110,volume=0.05,tremolo=f=0.15:d=0.7",
        "sine=f=165,volume=0.035,tremolo=f=0.2:d=0.7",
        "sine=f=247,volume=0.020,tremolo=f=0.11:d=0.9",
    ),
    "meadow": (
        "anoisesrc=c=pink:a=0.10,bandpass=f=700:w=500,tremolo=f=0.2:d=0.5",
        "sine=f=3800,volume=0.006,tremolo=f=11:d=0.95",
        "sine=f=196,volume=0.020,tremolo=f=0.18:d=0.7",
    ),
}
SCENES = {
    "lighthouse": "sea",
    "open_sea": "sea",
    "balloons": "wind",
    "mountains": "wind",
    "dunes": "wind",
    "cabin": "wind",
    "street": "rain",
    "paper_boat": "rain",
    "jellyfish": "deep",
    "planet": "night",
    "aurora": "night",
    "robot": "meadow",
    "meadow": "meadow",
    "wood": "meadow",
}


def file_for(scene: str, folder: Path) -> Path:
    """The sound file for a scene, made on first use."""
    name = SCENES.get(scene, "hall")
    path = folder / f"{name}.m4a"
    if not path.exists():
        half = path.with_suffix(".half.m4a")
        _make(LAYERS[name], half)
        half.replace(path)
    return path


def _make(layers: tuple[str, ...], path: Path) -> None:
    graph = av.filter.Graph()
    mixer = graph.add("amix", f"inputs={len(layers)}:normalize=0")
    for place, layer in enumerate(layers):
        last = None
        for step, words in enumerate(layer.split(",")):
            name, _, options = words.partition("=")
            if step == 0:
                rate = "r=44100" if name == "anoisesrc" else "r=44100"
                options = f"{options}:{rate}" + (":seed=7" if name == "anoisesrc" else "")
            node = graph.add(name, options)
            if last is not None:
                last.link_to(node)
            last = node
        assert last is not None
        last.link_to(mixer, 0, place)
    shape = graph.add("aformat", "sample_fmts=fltp:sample_rates=44100:channel_layouts=stereo")
    frames = graph.add("asetnsamples", "n=1024")
    sink = graph.add("abuffersink")
    mixer.link_to(shape)
    shape.link_to(frames)
    frames.link_to(sink)
    graph.configure()
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=44100)
        stream.bit_rate = 64_000
        stream.layout = "stereo"
        for number in range(int(SECONDS * 44100 / 1024)):
            frame = graph.pull()
            assert isinstance(frame, av.AudioFrame)
            frame.pts = number * 1024
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
