"""The transformer against the formulas of the original, written out without cache and cleverness."""

from __future__ import annotations

import math
from functools import cache

import pytest
import torch
from torch import Tensor

from generation.dalle import Dalle, DalleConfig, Kind, mask_table
from generation.dalle_files import infer_config, load_dalle, save_dalle
from generation.tensors import ModelFileError, save_tensors
from tests.generation.toy_dalle import toy_dalle

CONFIG = DalleConfig(4, 32, 4, text_vocab=20, text_length=6, image_vocab=30, grid=7)


def config(version: int, layers: int = 4) -> DalleConfig:
    return DalleConfig(layers, 32, 4, text_vocab=20, text_length=6, image_vocab=30, grid=7, version=version)


@cache
def naive_mask(config: DalleConfig, kind: Kind) -> Tensor:
    """Row by row as the original builds it: text causal, each image token's keys switched on by loops."""
    t, g = config.text_length, config.grid
    mask = torch.zeros(config.length, config.length, dtype=torch.bool)
    for p in range(t):
        mask[p, : p + 1] = True
    for n in range(g * g):
        mask[t + n, :t] = True
        for m in range(n + 1):
            (r, c), (q, d) = divmod(n, g), divmod(m, g)
            down, across = abs(r - q), abs(c - d)
            if config.version == 2:
                down, across = min(down, g - down), min(across, g - across)
            seen = {
                Kind.ROW: n - g <= m,
                Kind.COLUMN: c == d,
                Kind.CONVOLUTION: down <= 5 and across <= 5,
            }
            mask[t + n, t + m] = seen[kind]
    return mask


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("grid", [5, 13])
def test_masks_in_closed_form_equal_those_made_by_loops(version, grid):
    shape = DalleConfig(4, 32, 4, text_vocab=20, text_length=6, image_vocab=30, grid=grid, version=version)
    table = mask_table(shape)
    for kind in Kind:
        assert torch.equal(table[kind], naive_mask(shape, kind))


def test_malevich_sees_as_many_keys_as_the_original():
    """The largest number of keys that any place sees in each kind of layer, as in the published masks."""
    for version, convolution in ((3, 189), (2, 249)):
        shape = DalleConfig(24, 2048, 16, 16384, 128, 8192, 32, version)
        most = mask_table(shape).sum(-1).max(-1).values.tolist()
        assert most == [161, 160, convolution]
        kinds = [shape.kind(layer) for layer in range(24)]
        assert [layer for layer, kind in enumerate(kinds) if kind is Kind.COLUMN] == [1, 5, 9, 13, 17, 21]
        assert [layer for layer, kind in enumerate(kinds) if kind is Kind.CONVOLUTION] == [23]


def norm(state: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    centred = x - x.mean(-1, keepdim=True)
    scaled = centred / (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt()
    return scaled * state[f"{name}.weight"] + state[f"{name}.bias"]


def project(state: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    return x @ state[f"{name}.weight"].T + state[f"{name}.bias"]


def naive_logits(state: dict[str, Tensor], shape: DalleConfig, text: list[int], codes: list[int]) -> Tensor:
    """One sequence → logits [places, text_rows + image_vocab]."""
    ids = [shape.text_vocab + t if token == 0 else token for t, token in enumerate(text)]
    if shape.version == 2:
        ids = [2, *ids]
    x = [
        state["text_embeddings.weight"][i] + state["text_pos_embeddings.weight"][t] for t, i in enumerate(ids)
    ]
    for n, code in enumerate(codes):
        row, column = divmod(n, shape.grid)
        position = state["image_row_embeddings.weight"][row] + state["image_col_embeddings.weight"][column]
        x.append(state["image_embeddings.weight"][code] + position)
    h = torch.stack(x[: shape.length])
    size = shape.hidden // shape.heads
    for i in range(shape.layers):
        at = f"transformer.layers.{i}"
        kind = Kind.COLUMN if (i - 1) % 4 == 0 else Kind.CONVOLUTION if i == shape.layers - 1 else Kind.ROW
        mask = naive_mask(shape, kind)[: len(h), : len(h)].to(h.dtype)
        q, k, v = project(
            state, f"{at}.attention.query_key_value", norm(state, f"{at}.input_layernorm", h)
        ).chunk(3, 1)
        heads = []
        for j in range(shape.heads):
            part = slice(j * size, (j + 1) * size)
            scores = (q[:, part] / math.sqrt(size)) @ k[:, part].T
            scores = scores * mask - 10000.0 * (1.0 - mask)
            relaxed = (scores / 32 - (scores / 32).max()) * 32
            heads.append(relaxed.softmax(-1) @ v[:, part])
        dense = project(state, f"{at}.attention.dense", torch.cat(heads, 1))
        h = h + norm(state, f"{at}.before_first_addition_layernorm", dense)
        y = project(state, f"{at}.mlp.dense_h_to_4h", norm(state, f"{at}.post_attention_layernorm", h))
        y = 0.5 * y * (1 + torch.tanh(math.sqrt(2 / math.pi) * (y + 0.044715 * y**3)))
        dense = project(state, f"{at}.mlp.dense_4h_to_h", y)
        h = h + norm(state, f"{at}.before_second_addition_layernorm", dense)
    h = norm(state, "transformer.final_layernorm", h)
    return project(state, "to_logits.1", norm(state, "to_logits.0", h))


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("layers", [3, 6])
def test_logits_equal_the_formulas_of_the_original(version, layers):
    model = toy_dalle(config(version, layers)).double()
    torch.manual_seed(3)
    text = torch.randint(0, 20, (2, 6))
    text[0, 3:] = 0
    for count in (0, 1, 49):
        codes = torch.randint(0, 30, (2, count))
        x = model(text, codes)
        ours = torch.cat([model.text_logits(x), model.image_logits(x)], -1)
        for row in range(2):
            theirs = naive_logits(model.state_dict(), model.config, text[row].tolist(), codes[row].tolist())
            torch.testing.assert_close(ours[row], theirs, rtol=0, atol=1e-11)


def test_names_are_the_published_ones():
    names = set(Dalle(CONFIG).state_dict())
    assert len(names) == 16 * CONFIG.layers + 14 - 3
    assert {
        "text_embeddings.weight",
        "text_pos_embeddings.weight",
        "image_row_embeddings.weight",
        "to_logits.0.bias",
        "to_logits.1.weight",
        "transformer.final_layernorm.weight",
        "transformer.layers.3.attention.query_key_value.bias",
        "transformer.layers.3.mlp.dense_4h_to_h.weight",
        "transformer.layers.3.before_second_addition_layernorm.weight",
    } <= names


def test_what_was_saved_is_loaded(tmp_path):
    model = toy_dalle(config(2))
    save_dalle(model, tmp_path / "t.safetensors", torch.float32)
    loaded = load_dalle(tmp_path / "t.safetensors")
    assert loaded.config == model.config
    for name, tensor in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor)


def test_a_file_of_one_byte_a_number_is_half_as_large_and_says_nearly_the_same(tmp_path):
    model = toy_dalle(CONFIG)
    save_dalle(model, tmp_path / "half.safetensors")
    save_dalle(model, tmp_path / "byte.safetensors", rounded=True)
    sizes = [(tmp_path / f"{name}.safetensors").stat().st_size for name in ("half", "byte")]
    assert sizes[1] < 0.75 * sizes[0]
    text, codes = torch.ones(1, 6, dtype=torch.int64), torch.arange(20)[None]
    logits = [
        one.image_logits(one(text, codes)) for one in (model, load_dalle(tmp_path / "byte.safetensors"))
    ]
    assert (logits[0] - logits[1]).std() < 0.03 * logits[0].std()


@pytest.mark.parametrize("version", [2, 3])
def test_a_published_file_tells_its_version_by_its_masks(tmp_path, version):
    """Half weights, masks in the file, no metadata; the width tells the heads."""
    shape = DalleConfig(4, 768, 12, text_vocab=20, text_length=6, image_vocab=30, grid=14, version=version)
    state = Dalle(shape).state_dict()
    for kind, name in zip(Kind, ("row", "col", "conv"), strict=True):
        state[f"transformer.{name}_mask"] = mask_table(shape)[kind].half()
    path = tmp_path / "t.safetensors"
    save_tensors(state, path, {}, torch.float16)
    assert load_dalle(path).config == shape


def test_files_that_do_not_fit_are_refused_in_words(tmp_path):
    state = dict(toy_dalle(CONFIG).state_dict())
    path = tmp_path / "t.safetensors"
    told = {"config": '{"heads": 4, "version": 3}'}
    with pytest.raises(ModelFileError, match="ruDALL-E"):
        infer_config({"x": torch.zeros(1)}, told, path)
    with pytest.raises(ModelFileError, match="ruDALL-E"):
        infer_config(state, {}, path)
    for change, words in (
        ({"extra": torch.zeros(1)}, "not known: extra"),
        ({"to_logits.0.bias": torch.full((32,), math.nan)}, "not finite: to_logits.0.bias"),
        ({"to_logits.1.bias": torch.zeros(3)}, "wrong shape: to_logits.1.bias"),
    ):
        save_tensors({**state, **change}, path, told, torch.float32)
        with pytest.raises(ModelFileError, match=words):
            load_dalle(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelFileError, match="readable"):
        load_dalle(path)


def test_the_residual_keeps_float32_where_the_matrices_are_bfloat16(tmp_path):
    save_dalle(toy_dalle(CONFIG), tmp_path / "t.safetensors")
    model = load_dalle(tmp_path / "t.safetensors", dtype=torch.bfloat16)
    state = model.state_dict()
    assert state["transformer.layers.0.mlp.dense_h_to_4h.weight"].dtype is torch.bfloat16
    x = model(torch.ones(1, 6, dtype=torch.int64), torch.ones(1, 10, dtype=torch.int64))
    assert x.dtype is torch.float32
    full = load_dalle(tmp_path / "t.safetensors")(
        torch.ones(1, 6, dtype=torch.int64), torch.ones(1, 10, dtype=torch.int64)
    )
    torch.testing.assert_close(x, full, rtol=0, atol=0.1)
