"""One thread for torch: on tiny tensors more of them only spin, and take the cores of the other tests."""

import torch

torch.set_num_threads(1)
