"""nerdyrodent's VQGAN-CLIP, run from a checkout, and Gala take the same steps.

`GALA_PEER` names the checkout's folder; its `generate.py` is executed as it stands, see `benchmarks.peer`.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from generation.codebook import nearest
from generation.cutouts import CutoutSettings, draw_views, make_cutouts
from generation.engines.beginnings import generator_for
from generation.engines.painting import Painting
from generation.engines.vqgan_clip import create
from generation.gradients import clamp_with_gradient, straight_through
from generation.losses import prompt_loss
from generation.protocol import Generate, Phrase, Settings
from tests.generation.reference.originals import original

SIDE, CUTOUTS = 64, 6
SPOKEN = ("a lighthouse in a storm:0.5", "oil on canvas:0.3:0.2", "fog:-0.2:-0.4")
SEED = 7


@pytest.fixture(scope="module")
def peer(tmp_path_factory):
    """generate.py before its first step, beside Gala's engine with the same weights."""
    checkout = os.environ.get("GALA_PEER")
    if not checkout:
        pytest.skip("GALA_PEER names no checkout of nerdyrodent's VQGAN-CLIP")
    original("clip")
    from benchmarks.cases import Case
    from benchmarks.networks import write_networks
    from benchmarks.peer import Peer

    files = write_networks(tmp_path_factory.mktemp("networks"), tiny=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", list(sys.argv))
        for name in ("pytorch_lightning", "taming.main", "torch_optimizer", "CLIP"):
            patch.delitem(sys.modules, name, raising=False)  # what the peer puts there goes with the test
        started = Peer(Path(checkout), files, Case(SIDE, CUTOUTS, "cpu", 1))
        yield SimpleNamespace(names=started._names, files=files)


def their_prompts(names, network):
    """The peer's own reading of what was typed, each embedded by its own CLIP."""
    texts = [names["split_prompt"](spoken) for spoken in SPOKEN]
    return [names["Prompt"](network.read([text]), weight, stop) for text, weight, stop in texts]


@pytest.fixture
def painting(peer):
    """Our run of the same prompt, plainly tuned: no more than what the peer does."""
    engine = create(Settings(str(peer.files.models_dir), "cpu", "float32", lanes=1, memory_bytes=1 << 40))
    phrases = tuple(
        Phrase(text, weight, stop) for text, weight, stop in map(peer.names["split_prompt"], SPOKEN)
    )
    request = Generate("job", "vqgan-clip", peer.files.model, phrases, SIDE, SIDE, 10, SEED)
    run = engine.begin(request, 0)
    assert isinstance(run, Painting)
    run.tuning = replace(run.tuning, cutouts=CutoutSettings(count=CUTOUTS))
    return run


def close(ours: torch.Tensor, theirs: torch.Tensor) -> bool:
    return torch.allclose(ours, theirs, rtol=1e-4, atol=1e-4 * theirs.detach().abs().max().item())


def test_the_loss_and_its_gradient_are_theirs(peer, painting):
    network = painting.model.viewer
    seen = torch.randn(CUTOUTS, network.width, generator=torch.Generator().manual_seed(1))
    mine, its = seen.clone().requires_grad_(), seen.clone().requires_grad_()
    prompt = painting.prompt
    loss = prompt_loss(mine, prompt.sought[0].vectors, prompt.weights(0, 10), prompt.stops)
    expected = sum(each(its) for each in their_prompts(peer.names, network))
    assert close(loss, expected)
    assert close(*torch.autograd.grad(loss, mine), *torch.autograd.grad(expected, its))


def test_quantising_and_clamping_are_theirs(peer, painting):
    z = torch.randn(1, painting.model.config.embed_dim, 4, 4, generator=torch.Generator().manual_seed(2))
    book = painting.model.codebook
    rows = torch.nn.functional.embedding(nearest(z, book), book).movedim(-1, 1)
    theirs = peer.names["vector_quantize"](z.movedim(1, 3), book).movedim(3, 1)
    assert close(straight_through(rows, z), theirs)
    x = torch.linspace(-1, 2, 50)
    for slope in (1.0, -1.0):
        mine, its = x.clone().requires_grad_(), x.clone().requires_grad_()
        ours, expected = clamp_with_gradient(mine, 0.0, 1.0), peer.names["clamp_with_grad"](its, 0, 1)
        assert torch.equal(ours, expected)
        found = torch.autograd.grad((slope * ours).sum(), mine)[0]
        assert torch.equal(found, torch.autograd.grad((slope * expected).sum(), its)[0])


def test_a_picture_and_its_vectors_are_theirs(peer, painting):
    with torch.no_grad():
        theirs = peer.names["synth"](painting.z.detach())
        assert close(painting.picture.detach(), theirs)
        views = draw_views(painting.tuning.cutouts, SIDE, SIDE, generator_for(SEED, 0))
        cuts = make_cutouts(theirs, views, painting.model.viewer.side)
        expected = peer.names["perceptor"].encode_image(peer.names["normalize"](cuts)).float()
        assert close(painting.model.viewer.judge(cuts), expected)


def test_crops_are_theirs(peer, painting):
    """Of a picture as high as a view, so that neither side's filter resamples anything."""
    side = painting.model.viewer.side
    picture = torch.rand(1, 3, side, 2 * side, generator=torch.Generator().manual_seed(3))
    make = peer.names["MakeCutoutsOrig"](side, CUTOUTS)
    torch.manual_seed(SEED)
    theirs = make(picture)
    torch.manual_seed(SEED)
    lefts = []
    for _ in range(CUTOUTS):  # in the order in which the peer draws: size, left, top
        torch.rand([])
        lefts.append(float(torch.randint(0, side + 1, ())))
        torch.randint(0, 1, ())
    plain = CutoutSettings(count=CUTOUTS, flip=0.0, warp=0.0, colour=0.0, noise=0.0)
    views = draw_views(plain, 2 * side, side, torch.Generator())
    boxes = torch.tensor([(left, 0.0, side, side) for left in lefts])
    assert close(make_cutouts(picture, replace(views, box=boxes), side), theirs)


def test_whole_steps_of_the_optimiser_are_theirs(peer, painting):
    """Theirs is the whole loop; it sees our views, since both draw by a generator of their own."""
    names = peer.names
    z = painting.z.detach().clone().requires_grad_()
    names["z"], names["pMs"] = z, their_prompts(names, painting.model.viewer)
    names["opt"] = torch.optim.Adam([z], lr=painting.tuning.rate)
    for step in range(3):
        views = draw_views(painting.tuning.cutouts, SIDE, SIDE, generator_for(SEED, step))
        names["make_cutouts"] = lambda picture, views=views: make_cutouts(
            picture, views, painting.model.viewer.side
        )
        names["train"](step + 1)  # the first would write a picture
        painting.advance()
        assert close(painting.z.detach(), z.detach()), f"step {step}"
    assert painting.z.detach().sub(painting._start()).abs().max() > 0.1, "nothing has moved"
