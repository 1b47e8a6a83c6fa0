from pathlib import Path

import gguf
import numpy as np
import pytest
from numpy.typing import NDArray

from memx.errors import ModelError
from memx.models import derive


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A llama of one layer with two tensors: enough for the quantizer, which does not run it."""
    path = tmp_path / "a.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(32)
    writer.add_embedding_length(256)
    writer.add_block_count(1)
    writer.add_feed_forward_length(256)
    writer.add_head_count(4)
    writer.add_layer_norm_rms_eps(1e-5)
    rng = np.random.default_rng(7)
    writer.add_tensor("blk.0.ffn_up.weight", rng.normal(size=(256, 256)).astype(np.float32))
    writer.add_tensor("blk.0.ffn_norm.weight", np.ones(256, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def types_in(path: Path) -> dict[str, str]:
    return {tensor.name: tensor.tensor_type.name for tensor in gguf.GGUFReader(path).tensors}


def test_quantizing_in_a_child_prints_nothing(model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    target = model.with_name("b.gguf")

    derive.recipe("gguf-q4_0").make(model, target)

    assert types_in(target) == {"blk.0.ffn_up.weight": "Q4_0", "blk.0.ffn_norm.weight": "F32"}
    assert capfd.readouterr() == ("", "")


def test_quantized_weights_are_near_the_old_ones(model: Path) -> None:
    target = model.with_name("b.gguf")
    assert derive.quantize_here(str(model), str(target)) == 0

    def up(path: Path) -> NDArray[np.float32]:
        (tensor,) = (t for t in gguf.GGUFReader(path).tensors if t.name == "blk.0.ffn_up.weight")
        return gguf.dequantize(tensor.data, tensor.tensor_type).ravel()

    assert np.corrcoef(up(model), up(target))[0, 1] > 0.99


def test_what_is_no_model_is_an_error(tmp_path: Path) -> None:
    source = tmp_path / "a.gguf"
    source.write_bytes(b"GGUF and then nothing of the kind")

    with pytest.raises(ModelError, match=r"cannot quantize a\.gguf"):
        derive.recipe("gguf-q4_0").make(source, tmp_path / "b.gguf")


def test_the_tool_has_a_version() -> None:
    assert derive.recipe("gguf-q4_0").tool.startswith("llama-cpp-python 0.")


def test_an_unknown_recipe() -> None:
    with pytest.raises(ModelError, match="unknown recipe 'gguf-q9'"):
        derive.recipe("gguf-q9")
