"""What a GPU makes, beside what the CPU makes. Skipped where there is none."""

import pytest
import torch

from benchmarks.length_case import sampling
from mmhnet_cli.training.train_mini import flow_loss, record
from tests.training.test_objective import drawn, small_module

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")]


@pytest.mark.parametrize("model", ["mini", "s-16k"])
@torch.inference_mode()
def test_the_gpu_samples_as_the_cpu(model: str) -> None:
    case = {"model": model, "seconds": 8, "steps": 5}
    ours, theirs = (sampling(case, torch.device(name), torch.float32)["sample"]() for name in ("cuda", "cpu"))
    assert isinstance(ours, torch.Tensor)
    assert isinstance(theirs, torch.Tensor)
    assert float((ours.cpu() - theirs).abs().max()) < 1e-3


def test_a_recorded_step_of_the_training_is_the_step() -> None:
    plain, recorded = (small_module().cuda() for _ in range(2))
    record(recorded, drawn(0))
    for seed in range(3):
        found = []
        for module in (plain, recorded):
            module.zero_grad()
            loss, values = flow_loss(module, drawn(seed), torch.Generator("cuda").manual_seed(seed))
            loss.backward()
            gradients = [parameter.grad for parameter in module.parameters() if parameter.grad is not None]
            found.append((loss.detach(), values["heard"], torch.cat([gradient.flatten() for gradient in gradients])))
        (loss, heard, gradient), (other_loss, other_heard, other_gradient) = found
        assert float(loss) == pytest.approx(float(other_loss), rel=1e-2)
        assert heard == pytest.approx(other_heard, rel=1e-2)
        assert float((gradient - other_gradient).norm()) < 0.05 * float(gradient.norm())
